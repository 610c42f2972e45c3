//! A short pass over every target, the same each time: what is accepted, what was once found, and
//! mutations of both.

use std::path::Path;

use crate::{TARGETS, Target};

/// Words that the readers know.
const WORDS: &str = include_str!("../dictionary");

/// Runs every seed, everything in the folder `found`, and `mutations` of them, on each target.
///
/// # Panics
/// Something does not hold.
pub fn run_all(found: &Path, mutations: usize) {
    for target in TARGETS {
        run(target, found, mutations);
    }
}

/// The same for one target.
///
/// # Panics
/// Something does not hold.
pub fn run(target: &Target, found: &Path, mutations: usize) {
    let seeds = (target.seeds)();
    for seed in &seeds {
        let shown = String::from_utf8_lossy(seed);
        assert!(
            (target.run)(seed),
            "{} does not accept its seed {shown}",
            target.name
        );
    }
    let mut inputs = seeds;
    inputs.extend(files(&found.join(target.name)));
    for input in &inputs {
        (target.run)(input);
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..mutations {
        (target.run)(&mutated(&inputs, &mut dice));
    }
}

/// The contents of the files in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path| std::fs::read(path).expect("a file can be read");
    paths.into_iter().map(read).collect()
}

/// Numbers that look like chance and are the same each time (xorshift64).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = u64::try_from(sides.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.0 % sides).unwrap_or(0)
    }
}

/// One of the inputs, with one to four changes.
fn mutated(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = inputs[dice.roll(inputs.len())].clone();
    for _ in 0..=dice.roll(4) {
        change(&mut input, inputs, dice);
    }
    input
}

fn change(input: &mut Vec<u8>, inputs: &[Vec<u8>], dice: &mut Dice) {
    let start = dice.roll(input.len() + 1);
    let end = (start + dice.roll(16)).min(input.len());
    match dice.roll(7) {
        0 => drop(input.drain(start..end)),
        1 => drop(input.splice(start..end, words(dice))),
        2 => drop(input.splice(start..start, words(dice))),
        3 => {
            let again = input[start..end].to_vec();
            input.splice(start..start, again);
        }
        4 => {
            let other = &inputs[dice.roll(inputs.len())];
            let from = dice.roll(other.len() + 1);
            input.splice(start.., other[from..].iter().copied());
        }
        5 => input.truncate(start),
        _ => {
            if let Some(byte) = input.get_mut(start) {
                *byte = u8::try_from(dice.roll(256)).unwrap_or(0);
            }
        }
    }
}

/// A word of the dictionary.
fn words(dice: &mut Dice) -> Vec<u8> {
    let words: Vec<&str> = WORDS
        .lines()
        .filter_map(|line| line.strip_prefix('"'))
        .collect();
    let word = words[dice.roll(words.len())].trim_end_matches('"');
    word.replace("\\\"", "\"")
        .replace("\\\\", "\\")
        .into_bytes()
}
