//! Recovery codes: on paper, for when nothing else is at hand, each good once.

use data_encoding::BASE64URL_NOPAD;
use domain::port::Random;
use domain::{
    Device, DeviceId, DeviceKind, DeviceStatus, RecoveryCodes, Secret, Timestamp, UserId,
};
use jose::digest::sha256;

/// How many a person is given.
const COUNT: usize = 10;

/// Letters and digits that are not taken for each other when they are read from paper: 32 of them.
pub(super) const ALPHABET: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// New recovery codes: to be shown once, and the device that knows their hashes. They have 80 bits
/// each, so that whoever gets hold of the hashes cannot guess them.
pub fn generate(user: UserId, now: Timestamp, random: &dyn Random) -> (Vec<Secret>, Device) {
    let codes: Vec<Secret> = (0..COUNT).map(|_| code(random)).collect();
    let hashes = codes.iter().map(|code| hash(code.expose())).collect();
    let device = Device {
        id: DeviceId::new(now, random),
        user,
        name: String::new(),
        kind: DeviceKind::RecoveryCodes(RecoveryCodes { hashes }),
        status: DeviceStatus::Active,
        created: now,
        last_used: None,
        position: u32::MAX,
        pairing: None,
    };
    (codes, device)
}

/// The device after this code of it was spent; `None` when it is none of its codes.
pub fn accept(device: &Device, presented: &str, now: Timestamp) -> Option<Device> {
    let DeviceKind::RecoveryCodes(RecoveryCodes { hashes }) = &device.kind else {
        return None;
    };
    let presented = hash(presented);
    let unspent = |known: &&Secret| !known.matches(presented.expose());
    let rest: Vec<Secret> = hashes.iter().filter(unspent).cloned().collect();
    (rest.len() < hashes.len()).then(|| Device {
        kind: DeviceKind::RecoveryCodes(RecoveryCodes { hashes: rest }),
        last_used: Some(now),
        ..device.clone()
    })
}

/// How many are not spent yet; `None` for any other device.
pub fn left(device: &Device) -> Option<usize> {
    match &device.kind {
        DeviceKind::RecoveryCodes(codes) => Some(codes.hashes.len()),
        _ => None,
    }
}

/// A code as it is printed: four groups of four letters, such as `K7QM-2XHT-9BWD-RNF4`.
fn code(random: &dyn Random) -> Secret {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    let letters = |group: &[u8]| -> String {
        let places = group.iter().map(|byte| usize::from(byte & 31));
        places.filter_map(|place| ALPHABET.get(place)).collect()
    };
    let groups: Vec<String> = bytes.chunks(4).map(letters).collect();
    Secret::new(groups.join("-"))
}

/// The hash of a code, however it was typed.
fn hash(code: &str) -> Secret {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let normal: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    Secret::new(BASE64URL_NOPAD.encode(&sha256(normal.as_bytes())))
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn each_code_is_good_once_however_it_is_typed() {
        let random = CountingRandom::default();
        let (codes, device) = generate(UserId::new(NOW, &random), NOW, &random);
        assert_eq!((codes.len(), left(&device)), (COUNT, Some(COUNT)));
        let first = codes[0].expose();
        assert_eq!(first.len(), 19);
        let typed = format!(" {} ", first.to_lowercase().replace('-', " "));
        let used = accept(&device, &typed, NOW).unwrap();
        assert_eq!(left(&used), Some(COUNT - 1));
        assert!(accept(&used, first, NOW).is_none());
        assert!(accept(&used, codes[1].expose(), NOW).is_some());
        assert!(accept(&used, "", NOW).is_none());
        assert!(accept(&used, "AAAA-AAAA-AAAA-AAAA", NOW).is_none());
    }
}
