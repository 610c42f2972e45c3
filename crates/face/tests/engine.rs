//! The engine with the real models, on photos of real faces.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::num::NonZeroUsize;
use std::path::Path;

use countersign_face::{
    Analyse, AnalysisError, Capacity, DeviceSecret, Embedding, Engine, EngineError, Face,
    FrameError, Policy, Pool, Rotation, Runtime, Template,
};
use support::{Picture, Seen};

/// The face in a picture with one.
fn face(engine: &Engine, picture: &Picture) -> Face {
    let seen = engine.analyse(&picture.png()).unwrap();
    assert_eq!(seen.faces, 1);
    seen.face.unwrap()
}

#[test]
fn people_are_recognised_and_others_are_not() {
    let Some(seen) = Seen::of(1..=8) else { return };
    let policy = Policy::default();
    let people: Vec<(Embedding, Embedding)> = seen
        .people()
        .map(|faces| {
            let (enrolled, probe) = faces.split_at(5);
            let mean =
                |faces: &[Face]| Embedding::mean(faces.iter().map(|face| &face.embedding)).unwrap();
            (mean(enrolled), mean(probe))
        })
        .collect();
    for (i, (enrolled, _)) in people.iter().enumerate() {
        let rotation = Rotation::derive(&DeviceSecret::new([7; 32]), &[u8::try_from(i).unwrap()]);
        let template = Template::protect(enrolled, &rotation);
        for (j, (_, probe)) in people.iter().enumerate() {
            let distance = template.distance(probe, &rotation);
            assert_eq!(
                distance <= policy.threshold,
                i == j,
                "{i} and {j}: {distance}"
            );
        }
    }
}

/// Whoever turns the head stays the same person to the frames of a challenge.
#[test]
fn turned_heads_stay_within_the_limits_of_a_challenge() {
    let Some(seen) = Seen::of(1..=8) else { return };
    let policy = Policy::default();
    for faces in seen.people() {
        for (one, other) in faces
            .iter()
            .flat_map(|one| faces.iter().map(move |other| (one, other)))
        {
            assert!(one.embedding.distance(&other.embedding) <= policy.same_face);
        }
    }
    let all = || seen.people().flatten();
    assert!(all().any(|face| face.yaw >= policy.turned_yaw));
    assert!(all().any(|face| face.yaw <= -policy.turned_yaw));
    assert!(all().all(|face| face.sharpness > policy.blurriest));
    assert!(all().all(|face| (policy.darkest..=policy.brightest).contains(&face.brightness)));
}

#[test]
fn a_mirrored_face_is_turned_the_other_way() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let turned = Picture::orl(&photos, 1, 2).unwrap().with_margin();
    let (one, other) = (
        face(&engine, &turned).yaw,
        face(&engine, &turned.mirrored()).yaw,
    );
    assert!(
        one.abs() > 0.25 && (one + other).abs() < 0.1,
        "{one} {other}"
    );
}

#[test]
fn a_head_turned_to_its_own_left_has_a_positive_yaw() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let yaw = |number| {
        face(
            &engine,
            &Picture::orl(&photos, 1, number).unwrap().with_margin(),
        )
        .yaw
    };
    let turned = Policy::default().turned_yaw;
    assert!(yaw(1).abs() < 0.1);
    assert!(yaw(2) > turned);
    assert!(yaw(4) < -turned);
}

#[test]
fn faces_are_counted() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let photo = |person| Picture::orl(&photos, person, 1).unwrap();
    let ground = || Picture::blank(480, 360, 110);
    let none = engine.analyse(&ground().png()).unwrap();
    assert_eq!((none.faces, none.face.is_some()), (0, false));
    let two = photo(1).onto(photo(2).onto(ground(), 60, 120), 300, 120);
    let two = engine.analyse(&two.png()).unwrap();
    assert_eq!((two.faces, two.face.is_some()), (2, false));
    let one = face(&engine, &photo(1).onto(ground(), 60, 120));
    let [x, y] = one.centre;
    assert!(
        (x - 106.0 / 480.0).abs() < 0.04 && (y - 180.0 / 360.0).abs() < 0.08,
        "{x} {y}"
    );
    assert!((0.15..0.3).contains(&one.size), "{}", one.size);
}

/// What the camera sees of a photo at this place.
fn seen_at(photo: &Picture, left: usize, top: usize) -> Vec<u8> {
    let ground = Picture::blank(640, 480, 110);
    photo.enlarged(2).onto(ground, left, top).jpeg()
}

#[test]
fn a_face_that_is_followed_is_measured_as_one_that_is_found() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let (mut farthest, mut most) = (0.0_f32, 0.0_f32);
    for person in 1..=10 {
        for number in [1, 2, 4] {
            let Some(photo) = Picture::orl(&photos, person, number) else {
                continue;
            };
            let before = engine.analyse(&seen_at(&photo, 220, 120)).unwrap().face;
            let track = before.unwrap().track.unwrap();
            let moved = seen_at(&photo, 228, 114);
            let found = engine.analyse(&moved).unwrap().face.unwrap();
            let followed = engine.follow(&moved, &track).unwrap().face.unwrap();
            farthest = farthest.max(found.embedding.distance(&followed.embedding));
            most = most.max((found.yaw - followed.yaw).abs());
            assert!((found.size - followed.size).abs() < 0.1);
        }
    }
    eprintln!("embeddings {farthest} apart, yaw {most}");
    assert!(farthest < 0.2 && most < 0.08, "{farthest} {most}");
}

#[test]
fn a_face_that_is_not_there_any_more_is_searched_for() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let photo = |person| Picture::orl(&photos, person, 1).unwrap();
    let before = engine.analyse(&seen_at(&photo(1), 20, 120)).unwrap();
    let track = before.face.unwrap().track.unwrap();
    let elsewhere = engine.follow(&seen_at(&photo(1), 400, 120), &track);
    assert!(elsewhere.unwrap().face.unwrap().centre[0] > 0.6);
    let nobody = Picture::blank(640, 480, 110).jpeg();
    assert_eq!(engine.follow(&nobody, &track).unwrap().faces, 0);
    let smaller = photo(1).with_margin().png();
    assert_eq!(engine.follow(&smaller, &track).unwrap().faces, 1);
    // Whoever takes the place of somebody is measured, too.
    let other = seen_at(&photo(2), 20, 120);
    let [one, other] = [&other, &seen_at(&photo(1), 20, 120)]
        .map(|frame| engine.follow(frame, &track).unwrap().face.unwrap());
    assert!(one.embedding.distance(&other.embedding) > 0.45);
}

#[test]
fn what_is_no_frame_is_refused() {
    let Some(engine) = support::engine() else {
        return;
    };
    let refusal = |bytes: &[u8]| engine.analyse(bytes).err();
    let frame = |error| Some(AnalysisError::Frame(error));
    assert_eq!(refusal(b"GIF89a"), frame(FrameError::UnknownFormat));
    let (width, height) = (641, 480);
    let large = Picture::blank(641, 480, 0).png();
    assert_eq!(refusal(&large), frame(FrameError::Size { width, height }));
}

#[test]
fn the_pool_answers_to_async_callers() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let capacity = Capacity {
        workers: NonZeroUsize::new(2).unwrap(),
        waiting: 8,
    };
    let pool = Pool::start(engine, capacity).unwrap();
    let frame = |person| {
        Picture::orl(&photos, person, 1)
            .unwrap()
            .with_margin()
            .png()
    };
    let waiting: Vec<_> = [1, 2, 1]
        .map(|person| pool.analyse(frame(person)))
        .into_iter()
        .collect();
    let seen: Vec<_> = waiting
        .into_iter()
        .map(|answer| support::wait(answer).unwrap())
        .collect();
    let [one, other, again] = seen.try_into().ok().unwrap();
    let [one, other, again] = [one, other, again].map(|seen| seen.face.unwrap().embedding);
    assert!(one.distance(&again) < 1e-5);
    assert!(one.distance(&other) > 0.45);
}

#[test]
fn a_missing_model_and_a_wrong_one_are_told_in_a_sentence() {
    let load = |directory: &Path| Engine::load(directory, &Runtime::Tract).err().unwrap();
    let directory = std::env::temp_dir().join(format!("countersign-face-{}", std::process::id()));
    let missing = load(&directory);
    assert!(matches!(missing, EngineError::Missing { .. }));
    assert!(
        missing.to_string().contains("detector.onnx cannot be read"),
        "{missing}"
    );
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("detector.onnx"), b"another model").unwrap();
    let wrong = load(&directory);
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(matches!(wrong, EngineError::Wrong { .. }));
    assert!(
        wrong.to_string().ends_with("`make models` makes that"),
        "{wrong}"
    );
}

#[cfg(feature = "ort")]
#[test]
fn both_runtimes_see_the_same() {
    let Some(library) = std::env::var_os("COUNTERSIGN_ONNX_RUNTIME") else {
        eprintln!("skipped: COUNTERSIGN_ONNX_RUNTIME names no library");
        return;
    };
    let (Some(rust), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let other = support::load(&Runtime::OnnxRuntime(library.into())).unwrap();
    for person in 1..=5 {
        let photo = Picture::orl(&photos, person, 1).unwrap().with_margin();
        let (one, other) = (face(&rust, &photo), face(&other, &photo));
        let distance = one.embedding.distance(&other.embedding);
        assert!(distance < 1e-4, "{distance}");
        assert!((one.yaw - other.yaw).abs() < 1e-3);
    }
}

#[cfg(feature = "ort")]
#[test]
fn a_runtime_that_is_not_there_is_told_in_a_sentence() {
    if std::env::var_os("COUNTERSIGN_ONNX_RUNTIME").is_some() || support::engine().is_none() {
        // A process loads one library, and the other test needs it.
        return;
    }
    let models = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("face-models");
    let error = Engine::load(&models, &Runtime::OnnxRuntime("/no/such/library.so".into()))
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .starts_with("the ONNX Runtime /no/such/library.so cannot be loaded"),
        "{error}"
    );
}
