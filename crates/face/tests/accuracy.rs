//! How often the right person is let in, and the wrong one: `make face-eval` prints what docs/face.md
//! has. The figures are of forty people in one set of photos, and of nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod statistics;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use countersign_face::{DeviceSecret, Embedding, Face, Rotation, Template};
use statistics::{Comparison, Spread, Trials};
use support::Seen;

/// The thresholds of the table.
const THRESHOLDS: [f32; 7] = [0.35, 0.38, 0.40, 0.42, 0.45, 0.50, 0.60];

#[test]
#[ignore = "takes minutes; run by `make face-eval`"]
fn accuracy() {
    let Some(seen) = Seen::of(1..=40) else { return };
    let people: Vec<&[Face]> = seen.people().collect();
    let photos: usize = people.iter().map(|faces| faces.len()).sum();
    println!("{} people, {photos} photos with a face found", people.len());
    for (name, enrolled, probed) in [("photo to photo", 1, 1), ("5 to 1", 5, 1), ("5 to 5", 5, 5)] {
        println!("\n{name}");
        report(&trials(&people, enrolled, probed));
    }
    turned_heads(&people);
    protection(&people);
}

/// Every comparison of the mean of so many photos with the mean of so many others.
fn trials(people: &[&[Face]], enrolled: usize, probed: usize) -> Trials {
    let sides = [enrolled, probed].map(|length| -> Vec<Vec<Run>> {
        people.iter().map(|faces| runs(faces, length)).collect()
    });
    let [references, probes] = &sides;
    let mut comparisons = Vec::new();
    for (i, references) in references.iter().enumerate() {
        for (j, probes) in probes.iter().enumerate() {
            // What is the same on both sides is compared once.
            if enrolled == probed && i > j {
                continue;
            }
            for (reference, probe) in references
                .iter()
                .flat_map(|one| probes.iter().map(move |other| (one, other)))
            {
                let once = enrolled != probed || reference.first < probe.first;
                if i != j || (once && reference.photos & probe.photos == 0) {
                    let distance = reference.mean.distance(&probe.mean);
                    comparisons.push(Comparison {
                        people: (i, j),
                        distance,
                    });
                }
            }
        }
    }
    Trials::new(comparisons, people.len())
}

/// Consecutive photos of a person, taken together.
struct Run {
    first: usize,
    /// A bit for each photo.
    photos: u32,
    mean: Embedding,
}

/// The runs of so many photos from every first one, the last being followed by the first. Of who has
/// few photos, half of them.
fn runs(faces: &[Face], length: usize) -> Vec<Run> {
    let length = length.min(faces.len() / 2);
    let run = |first: usize| {
        let photos = (first..first + length).map(|index| index % faces.len());
        let mean = Embedding::mean(photos.clone().map(|photo| &faces[photo].embedding)).unwrap();
        let photos = photos.fold(0, |bits, photo| bits | 1 << photo);
        Run {
            first,
            photos,
            mean,
        }
    };
    (0..faces.len()).map(run).collect()
}

fn report(trials: &Trials) {
    let (genuine, impostors) = trials.counts();
    println!(
        "{genuine} comparisons of one person, {impostors} of two; EER {:.2} %",
        100.0 * trials.equal_error_rate()
    );
    println!(
        "{:>10}  {:<36}another",
        "distance", "let in: the right person"
    );
    for threshold in THRESHOLDS {
        let (right, wrong) = (
            trials.accepted(threshold, true),
            trials.accepted(threshold, false),
        );
        println!("{threshold:>10.2}  {:<36}{wrong}", right.to_string());
    }
    for rate in [1e-2, 1e-3, 1e-4] {
        let (threshold, right) = trials.at_false_accepts(rate);
        println!("TAR at FAR {rate:e}: {right} (distance {threshold:.3})");
    }
}

/// How far turned heads are from the same person's face that looks into the camera, and from others'.
fn turned_heads(people: &[&[Face]]) {
    let mut comparisons = Vec::new();
    for (i, one) in people.iter().enumerate() {
        for (j, other) in people.iter().enumerate() {
            let ahead = one.iter().filter(|face| face.yaw.abs() <= 0.12);
            let turned = other.iter().filter(|face| face.yaw.abs() >= 0.25);
            let distances = ahead.flat_map(|one| {
                turned
                    .clone()
                    .map(|other| one.embedding.distance(&other.embedding))
            });
            comparisons.extend(distances.map(|distance| Comparison {
                people: (i, j),
                distance,
            }));
        }
    }
    println!("\na photo looking ahead to one with the head turned");
    report(&Trials::new(comparisons, people.len()));
}

/// What protection costs and what it brings.
fn protection(people: &[&[Face]]) {
    let rotation = |number: usize| {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&number.to_le_bytes());
        Rotation::derive(&DeviceSecret::new(secret), b"face-eval")
    };
    let rotations: Vec<[Rotation; 2]> = (0..people.len())
        .map(|person| [rotation(2 * person), rotation(2 * person + 1)])
        .collect();
    let (mut kept, mut without, mut same, mut different) = (
        0.0_f32,
        Spread::default(),
        Spread::default(),
        Spread::default(),
    );
    for (i, (one, [first, second])) in people.iter().zip(&rotations).enumerate() {
        let template = Template::protect(&one[0].embedding, first);
        for (j, (other, [third, _])) in people.iter().zip(&rotations).enumerate() {
            let probe = &other[1].embedding;
            let distance = template.distance(probe, first);
            kept = kept.max((distance - one[0].embedding.distance(probe)).abs());
            match i == j {
                true => same.add(cosine(&template, &Template::protect(probe, second))),
                false => {
                    without.add(template.distance(probe, third));
                    different.add(cosine(&template, &Template::protect(probe, third)));
                }
            }
        }
    }
    println!("\ntemplate protection");
    println!("a distance changes by {kept:.1e} at most with the secret");
    println!("another's face without the secret: distance {without}");
    println!("one person's templates by two secrets: cosine {same}");
    println!("two people's templates by two secrets: cosine {different}");
}

/// The cosine of two templates, as whoever has stolen two databases may compute it.
fn cosine(one: &Template, other: &Template) -> f32 {
    let numbers = |template: &Template| -> Vec<f32> {
        let bytes = template.to_bytes();
        bytes[1..]
            .chunks(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect()
    };
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let (one, other) = (numbers(one), numbers(other));
    product(&one, &other) / (product(&one, &one) * product(&other, &other)).sqrt()
}
