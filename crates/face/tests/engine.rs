//! The engine with the real models, on photos of real faces.

mod support;

use countersign_face::{Analyse, Face};
use support::Picture;

/// The face in a picture with one.
fn face(engine: &impl Analyse, picture: &Picture) -> Face {
    let seen = engine.analyse(&picture.png()).unwrap();
    assert_eq!(seen.faces, 1);
    seen.face.unwrap()
}

#[test]
fn probe() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let start = std::time::Instant::now();
    let mut rows = vec![];
    for person in 1..=40 {
        for number in 1..=10 {
            let seen = engine
                .analyse(&Picture::orl(&photos, person, number).with_margin().png())
                .unwrap();
            if let Some(face) = seen.face {
                let e: Vec<String> = face
                    .embedding
                    .as_slice()
                    .iter()
                    .map(|n| n.to_string())
                    .collect();
                rows.push(format!(
                    "{person} {number} {} {} {} {} {} {}",
                    face.yaw,
                    face.size,
                    face.brightness,
                    face.sharpness,
                    face.centre[0],
                    e.join(" ")
                ));
            } else {
                eprintln!("{person} {number}: {}", seen.faces);
            }
        }
    }
    eprintln!("{} of 400 in {:?}", rows.len(), start.elapsed());
    std::fs::write("/tmp/face-scratch/orl.txt", rows.join("\n")).unwrap();
    let a = Picture::orl(&photos, 1, 1).with_margin();
    eprintln!(
        "{} {}",
        face(&engine, &a).yaw,
        face(&engine, &a.mirrored()).yaw
    );
}
