use std::sync::Arc;

use domain::port::fixed::CountingRandom;
use domain::{MessageContent, Secret};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::Kept;

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// A server that answers some commands in a way of its own, and notes everything that it is told.
#[derive(Default)]
struct Server {
    answers: Vec<(&'static str, &'static str)>,
    extensions: Vec<&'static str>,
    told: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

impl Server {
    fn answer(&self, line: &str) -> String {
        let own = self
            .answers
            .iter()
            .find(|(command, _)| line.starts_with(command));
        if let Some((_, answer)) = own {
            return (*answer).to_owned();
        }
        let command = line.split(' ').next().unwrap_or_default();
        let extensions: Vec<String> = self
            .extensions
            .iter()
            .map(|it| format!("250-{it}\r\n"))
            .collect();
        let extensions = extensions.concat();
        match command {
            "EHLO" => format!("250-here\r\n{extensions}250 8BITMIME"),
            "DATA" => "354 go on".to_owned(),
            "AUTH" => "235 welcome".to_owned(),
            _ => "250 fine".to_owned(),
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) -> std::io::Result<()> {
        *self.connections.lock().unwrap() += 1;
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 here\r\n").await?;
        let (mut line, mut in_data) = (String::new(), false);
        while stream.read_line(&mut line).await? > 0 {
            let told = line.trim_end().to_owned();
            line.clear();
            self.told.lock().unwrap().push(told.clone());
            let answer = match (in_data, told.as_str()) {
                (true, ".") => self.answer("."),
                (true, _) => continue,
                (false, told) => self.answer(told),
            };
            in_data = !in_data && told == "DATA" && answer.starts_with("354");
            if answer == "silence" {
                continue;
            }
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

/// Such a server, and what sends mail by it.
async fn serving(server: Server, password: Option<&str>) -> (Mail, Arc<Server>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Arc::new(server);
    let at_work = Arc::clone(&server);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&at_work).serve(stream));
        }
    });
    let name = password
        .map(|_| "countersign%40example.com@")
        .unwrap_or_default();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{}\n", password.unwrap_or_default())).unwrap();
    let settings = config::Mail {
        url: Some(format!("smtp://{name}127.0.0.1:{port}").parse().unwrap()),
        password: Kept {
            here: None,
            file: password.map(|_| file.path().to_owned()),
        },
        from: Some("no-reply@example.com".parse().unwrap()),
        ..config::Mail::default()
    };
    (Mail::of(&settings, &[]).unwrap().unwrap(), server)
}

fn message(to: &str) -> Message {
    let content = MessageContent::Email {
        to: to.to_owned(),
        subject: Secret::new("Your one-time code"),
        body: Secret::new("Your one-time code is 739104."),
        html: false,
    };
    Message::new(
        content,
        Duration::from_mins(10),
        NOW,
        &CountingRandom::default(),
    )
}

#[tokio::test]
async fn letters_go_one_after_another_over_one_connection() {
    let (mail, server) = serving(Server::default(), None).await;
    for to in ["alice@example.net", "bob@bücher.example"] {
        assert_eq!(mail.carry(&message(to), NOW).await, Ok(()));
    }
    assert_eq!(*server.connections.lock().unwrap(), 1);
    let told = server.told();
    for line in [
        "MAIL FROM:<no-reply@example.com>",
        "RCPT TO:<alice@example.net>",
        "RCPT TO:<bob@xn--bcher-kva.example>",
        "Your one-time code is 739104.",
    ] {
        assert!(told.iter().any(|it| it == line), "{line}\n{told:#?}");
    }
}

#[tokio::test]
async fn rfc5321_4_2_1_a_refusal_is_final_or_not() {
    let refusing = async |command, answer| {
        let server = Server {
            answers: vec![(command, answer)],
            ..Server::default()
        };
        let (mail, _) = serving(server, None).await;
        mail.carry(&message("alice@example.net"), NOW).await
    };
    let quoting = "550 5.1.1 <alice@example.net>: no such user";
    let refused = refusing("RCPT", quoting).await;
    // Nothing of what the server says is kept.
    assert_eq!(refused, Err(Undelivered::Never(Cause::Status(550))));
    let refused = refusing(".", "554 5.7.1 spam").await;
    assert_eq!(refused, Err(Undelivered::Never(Cause::Status(554))));
    let later = refusing("RCPT", "451 4.7.1 greylisted").await;
    assert_eq!(later, Err(Undelivered::Later(Cause::Status(451))));
    let later = refusing("EHLO", "554 we do not know you").await;
    assert_eq!(later, Err(Undelivered::Later(Cause::Status(554))));
}

#[tokio::test]
async fn a_password_that_is_wrong_loses_no_message() {
    let server = || Server {
        extensions: vec!["AUTH PLAIN LOGIN"],
        ..Server::default()
    };
    let (mail, told) = serving(server(), Some("s3cret")).await;
    assert_eq!(mail.carry(&message("alice@example.net"), NOW).await, Ok(()));
    // "\0countersign@example.com\0s3cret"
    let credentials = "AUTH PLAIN AGNvdW50ZXJzaWduQGV4YW1wbGUuY29tAHMzY3JldA==";
    assert!(
        told.told().iter().any(|it| it == credentials),
        "{:?}",
        told.told()
    );
    let refusing = Server {
        answers: vec![("AUTH", "535 5.7.8 wrong")],
        ..server()
    };
    let (mail, _) = serving(refusing, Some("s3cret")).await;
    let answer = mail.carry(&message("alice@example.net"), NOW).await;
    assert_eq!(answer, Err(Undelivered::Later(Cause::Status(535))));
}

#[tokio::test]
async fn nothing_is_said_without_tls_where_it_is_demanded() {
    let (mut mail, server) = serving(Server::default(), None).await;
    mail.security = Security::Upgraded(tls("mail.example.com", &[]).unwrap());
    let answer = mail.carry(&message("alice@example.net"), NOW).await;
    assert!(
        matches!(answer, Err(Undelivered::Later(Cause::Unreachable(_)))),
        "{answer:?}"
    );
    // Nor with a server that is not who it should be.
    let offering = Server {
        extensions: vec!["STARTTLS"],
        ..Server::default()
    };
    let (mail, offering) = serving(offering, None).await;
    assert!(matches!(mail.security, Security::Offered(_)));
    let answer = mail.carry(&message("alice@example.net"), NOW).await;
    assert!(matches!(answer, Err(Undelivered::Later(_))), "{answer:?}");
    for told in [server.told(), offering.told()] {
        assert!(!told.iter().any(|it| it.starts_with("MAIL")), "{told:?}");
    }
}

#[tokio::test]
async fn rfc6531_3_2_a_mailbox_beyond_ascii_takes_a_server_that_knows_them() {
    let (mail, _) = serving(Server::default(), None).await;
    let answer = mail.carry(&message("jörg@example.net"), NOW).await;
    assert!(
        matches!(answer, Err(Undelivered::Never(Cause::Unwritable(_)))),
        "{answer:?}"
    );
    let knowing = Server {
        extensions: vec!["SMTPUTF8"],
        ..Server::default()
    };
    let (mail, server) = serving(knowing, None).await;
    assert_eq!(mail.carry(&message("jörg@example.net"), NOW).await, Ok(()));
    let told = server.told();
    assert!(
        told.iter().any(|it| it == "RCPT TO:<jörg@example.net>"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_connection_on_which_an_answer_is_owed_is_not_used_again() {
    let silent = Server {
        answers: vec![(".", "silence")],
        ..Server::default()
    };
    let (mail, server) = serving(silent, None).await;
    for _ in 0..2 {
        let message = message("alice@example.net");
        let sending = mail.carry(&message, NOW);
        let sent = tokio::time::timeout(Duration::from_millis(300), sending).await;
        assert!(sent.is_err());
    }
    assert_eq!(*server.connections.lock().unwrap(), 2);
}
