//! Operations that come to nothing, and the numbers by which an app is told why.

use super::*;

#[test]
fn seed_002_malformed_transaction_data_is_1008_before_anything_is_sent() {
    let stage = Stage::new(|_| vec![]).enrolled();
    for data in ["", "{}", r#"{"Amount":"1"}"#, r#"[{"Amount":1}]"#] {
        let mut authentication = by_pin();
        authentication.transaction_data = Some(data.to_owned());
        assert_eq!(stage.number(&authentication), 1008, "{data}");
    }
    assert_eq!(stage.connections.load(Ordering::Acquire), 0);
}

#[test]
fn who_has_not_enrolled_here_is_1131_and_the_server_is_not_asked() {
    let stage = Stage::new(|_| vec![]);
    assert_eq!(stage.number(&by_pin()), 1131);
    assert_eq!(stage.recognizer.validate(None).unwrap_err().number(), 1131);
    assert_eq!(stage.connections.load(Ordering::Acquire), 0);
}

#[test]
fn what_an_app_asks_for_wrongly_is_1002_and_the_server_is_not_asked() {
    let stage = Stage::new(|_| vec![]).enrolled();
    let short = Authentication {
        by: By::Pin("1".to_owned()),
        ..Authentication::default()
    };
    let both = Authentication {
        by: By::Face {
            new_pin: Some("271828".to_owned()),
            remove_pin: true,
            camera_delay_seconds: 0,
        },
        ..Authentication::default()
    };
    assert_eq!((stage.number(&short), stage.number(&both)), (1002, 1002));
    let nobody = stage.recognizer.enroll(&Enrollment::default());
    assert_eq!(nobody.unwrap_err().number(), 1002);
    assert_eq!(stage.connections.load(Ordering::Acquire), 0);
}

#[test]
fn a_key_of_the_server_api_has_no_place_in_an_app() {
    let platform = Stage::new(|_| vec![]).recognizer.platform;
    let setup = Setup {
        customer: "demo-shop.AZ1mQhX4m0n8".to_owned(),
        hosts: vec!["https://sso.example.com".to_owned()],
        ..Setup::default()
    };
    let refused = Recognizer::new(setup, platform).err().unwrap();
    assert_eq!(refused.number(), 1002);
}

#[test]
fn seed_000_server_forbidden_is_5003_and_the_camera_stays_off() {
    let stage = Stage::new(|said| match said["type"].as_str() {
        Some("open") => vec![json!({"type": "error", "code": "SERVER_FORBIDDEN", "message": "no"})],
        _ => vec![],
    });
    let mut enrollment = username("user-123");
    enrollment.authorization = Some("expired".to_owned());
    let refused = stage.recognizer.enroll(&enrollment).unwrap_err();
    assert_eq!(
        (refused.number(), refused.name()),
        (5003, "SERVER_FORBIDDEN")
    );
    assert!(stage.said("begin").is_empty() && stage.said("frame").is_empty());
}

#[test]
fn five_failures_are_30007_with_the_seconds_that_it_lasts() {
    let stage = Stage::new(|_| {
        vec![json!({"type": "error", "code": "SERVER_USER_LOCKED_OUT", "retryAfter": 412})]
    })
    .enrolled();
    let locked_out = stage.recognizer.authenticate(&by_pin()).unwrap_err();
    assert_eq!(
        (locked_out.number(), locked_out.retry_after()),
        (30007, Some(412))
    );
}

#[test]
fn a_wrong_pin_is_asked_for_again() {
    let answer: Answer = |said| match (said["type"].as_str(), said["pin"].as_str()) {
        (Some("open"), _) => vec![opened()],
        (Some("begin"), Some("271828")) => {
            vec![json!({"type": "error", "code": "SERVER_NO_ATTEMPTS_LEFT"})]
        }
        (Some("begin"), _) => {
            vec![json!({"type": "failure", "code": "SERVER_RECOGNITION_FAILED", "attemptsLeft": 1})]
        }
        _ => vec![],
    };
    let stage = Stage::new(answer).enrolled();
    assert_eq!(stage.number(&by_pin()), 30004);
    assert_eq!(stage.said("begin").len(), 2);
    let gives_up = Stage::of(answer, true, None).enrolled();
    assert_eq!(gives_up.number(&by_pin()), 30003);
    assert_eq!(gives_up.said("cancel").len(), 1);
}

#[test]
fn seed_002_who_does_not_approve_is_30003_and_nothing_is_signed() {
    let answer: Answer = |said| match said["type"].as_str() {
        Some("open") => {
            let mut opened = opened();
            let pairs = json!([{"label": "Amount", "value": "12.50 EUR"}]);
            opened["transaction"] = json!({"digest": encode([9; 32]), "pairs": pairs});
            vec![opened]
        }
        _ => vec![],
    };
    let stage = Stage::of(answer, false, None).enrolled();
    let mut authentication = by_pin();
    authentication.transaction_data = Some(DATA.to_owned());
    assert_eq!(stage.number(&authentication), 30003);
    assert_eq!(
        (stage.said("begin").len(), stage.said("cancel").len()),
        (0, 1)
    );
}
