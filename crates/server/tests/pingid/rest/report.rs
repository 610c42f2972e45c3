//! Jobs, and the report of all people.

use serde_json::{Value, json};
use testkit::{House, Reply};

use super::client::Client;

async fn fetched(client: &Client<'_>, kind: &str) -> Reply {
    let request = client
        .party
        .signed(&client.request(&json!({ "fileType": kind })));
    let reply = client
        .post("getorgreport", &request)
        .await
        .expect_status(200);
    assert_eq!(
        reply.header("content-type"),
        Some("application/octet-stream")
    );
    reply
}

#[tokio::test]
async fn a_report_has_a_row_for_each_device() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client
        .done("adduser", json!({ "username": "=cmd()" }))
        .await;
    for number in ["13035551234", "4915112345678"] {
        client.pair_phone("jdoe", number).await;
    }
    let job = client
        .done("createjob", json!({ "jobType": "USER_REPORTS" }))
        .await;
    assert_eq!(
        house.last_event("pingid.job_created").await["detail"]["job"],
        "USER_REPORTS"
    );
    let token = job["jobToken"].clone();
    let status = client
        .done("getjobstatus", json!({ "jobToken": token }))
        .await;
    assert_eq!(status["status"], "done");
    let many = client
        .done("getbulkjobstatus", json!({ "jobTokens": [token] }))
        .await;
    assert_eq!(
        many["jobResults"][token.as_str().unwrap()]["status"],
        "DONE"
    );
    let rows: Value = serde_json::from_str(&fetched(&client, "JSON").await.text()).unwrap();
    let of = |place: usize, name: &str| rows[place][name].clone();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(
        (of(0, "username"), of(0, "status")),
        (json!("=cmd()"), json!("NOT_ACTIVE"))
    );
    assert_eq!(
        (of(1, "username"), of(1, "deviceRole")),
        (json!("jdoe"), json!("Primary"))
    );
    assert_eq!(
        (of(2, "countryCode"), of(2, "phoneNumber")),
        (json!("49"), json!("15112345678"))
    );
    assert_eq!(of(2, "deviceCount"), 2);
    let csv = fetched(&client, "CSV").await.text();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("\"username\",\"fname\""));
    assert!(lines[1].starts_with("\"'=cmd()\""));
}

#[tokio::test]
async fn a_report_tells_of_everybody_what_their_details_do() {
    let house = House::open_with(|settings| settings.policy.devices.messages.limit = 1).await;
    let client = Client::of(&house).await;
    let who = |username: &str| json!({ "userName": username, "spAlias": "web" });
    let stood = [
        ("active", "ACTIVE"),
        ("bypass", "BYPASS"),
        ("invited", "PENDING_ACTIVATION"),
        ("locked", "LOCKED"),
        ("none", "NOT_ACTIVE"),
        ("sent", "OTP_LOCKED"),
        ("suspended", "SUSPENDED"),
    ];
    for (place, (username, _)) in stood.iter().enumerate() {
        client.add(username).await;
        if !matches!(*username, "invited" | "none") {
            let number = format!("1303555123{place}");
            client.pair_phone(username, &number).await;
        }
    }
    let until = house.now().millis() + 600_000;
    let bypass = json!({ "userName": "bypass", "bypassUntil": until });
    client.done("userbypass", bypass).await;
    client.done("getactivationcode", who("invited")).await;
    client.done("suspenduser", who("suspended")).await;
    let started = client.call("startauthentication", who("sent")).await;
    started.expect(30_001);
    let started = client.call("startauthentication", who("locked")).await;
    let session = started.expect(30_001)["sessionId"].clone();
    let wrong = json!({ "userName": "locked", "sessionId": session, "otp": "x" });
    for _ in 0..5 {
        let tried = client.call("authoffline", wrong.clone()).await;
        tried.expect(10_551);
    }
    let rows: Value = serde_json::from_str(&fetched(&client, "JSON").await.text()).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), stood.len());
    for (place, (username, status)) in stood.into_iter().enumerate() {
        assert_eq!(rows[place]["username"], username);
        assert_eq!(rows[place]["status"], status, "{username}");
        assert_eq!(client.details(username).await["status"], status);
    }
    assert_eq!(rows[1]["bypassUntil"], until);
}

#[tokio::test]
async fn what_is_no_job_is_told_so() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client
        .call("createjob", json!({ "jobType": "OTHER" }))
        .await
        .expect(400);
    client
        .call("getjobstatus", json!({ "jobToken": "x.y.z" }))
        .await
        .expect(400);
    client.call("getjobstatus", json!({})).await.expect(400);
    client
        .call("getorgreport", json!({ "fileType": "PDF" }))
        .await
        .expect(400);
    let many = json!({ "jobTokens": vec!["x"; 51] });
    client.call("getbulkjobstatus", many).await.expect(400);
    let job = client
        .done("createjob", json!({ "jobType": "USER_REPORTS" }))
        .await;
    house.advance(std::time::Duration::from_hours(23));
    let token = json!({ "jobToken": job["jobToken"] });
    client.done("getjobstatus", token.clone()).await;
    // A request of the organisation is no job, and a job is no request.
    let request = client.party.signed(&client.request(&json!({})));
    client
        .call("getjobstatus", json!({ "jobToken": request }))
        .await
        .expect(400);
    let reply = client
        .post("getorgreport", job["jobToken"].as_str().unwrap())
        .await;
    client.read(&reply).expect(400);
}
