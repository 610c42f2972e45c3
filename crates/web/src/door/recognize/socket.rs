//! The connection of a session: messages that are bounded in length and time.

use std::time::Duration;

use authn::recognize::Refusal;
use authn::recognize::message::{MAX_FRAME, SESSION_SECONDS};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use zeroize::Zeroizing;

/// How often a client that says nothing is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a message may take to be sent, and a client to close.
const FAREWELL: Duration = Duration::from_secs(5);

/// How much may wait to be sent, in bytes.
const WAITING: usize = 64 * 1024;

/// A session comes to its end without a result.
#[derive(Debug)]
pub(super) enum End {
    /// Nobody is there any more, or does not want to.
    Gone,
    /// Something is not as it must be.
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// For what something is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// For somebody, who may also come later to another process.
    Person,
    /// For an attempt that goes on to come to its end.
    Attempt,
}

/// What a client has sent.
pub(super) enum Received {
    /// A message, which may have secrets in it.
    Text(Zeroizing<String>),
    /// A frame.
    Frame(Bytes),
}

/// The connection of a session.
pub(super) struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    stopping: watch::Receiver<bool>,
    /// When the session is over, whatever it does.
    end: Instant,
}

impl Socket {
    /// The connection after its handshake.
    pub(super) async fn new(upgraded: TokioIo<Upgraded>, stopping: watch::Receiver<bool>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME))
            .max_write_buffer_size(WAITING)
            .write_buffer_size(0);
        let stream = WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config));
        Self {
            stream: stream.await,
            stopping,
            end: Instant::now() + Duration::from_secs(SESSION_SECONDS),
        }
    }

    /// The next message, if it comes in time.
    pub(super) async fn receive(
        &mut self,
        seconds: u64,
        patience: Patience,
    ) -> Result<Received, End> {
        let until = self.end.min(Instant::now() + Duration::from_secs(seconds));
        loop {
            let stopped = async {
                match patience {
                    Patience::Person => {
                        let _ = self.stopping.wait_for(|it| *it).await;
                    }
                    Patience::Attempt => std::future::pending().await,
                }
            };
            let message = tokio::select! {
                message = self.stream.next() => message,
                () = sleep_until(until) => return Err(Refusal::TimedOut.into()),
                () = stopped => return Err(Refusal::Unavailable.into()),
                () = sleep(HEARTBEAT) => {
                    self.put(Message::Ping(Bytes::new())).await?;
                    continue;
                }
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(Received::Text(Zeroizing::new(text.to_string())));
                }
                Some(Ok(Message::Binary(frame))) => return Ok(Received::Frame(frame)),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(Error::Capacity(_))) => return Err(Refusal::Unreadable.into()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
            }
        }
    }

    /// The next message, which must be no frame.
    pub(super) async fn receive_text(&mut self, seconds: u64) -> Result<Zeroizing<String>, End> {
        match self.receive(seconds, Patience::Person).await? {
            Received::Text(text) => Ok(text),
            Received::Frame(_) => Err(Refusal::Unexpected.into()),
        }
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, text: impl Into<String>) -> Result<(), End> {
        self.put(Message::text(text.into())).await
    }

    /// Closes the connection, as there is nothing more to say.
    pub(super) async fn close(mut self) {
        let close = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        if self.put(Message::Close(Some(close))).await.is_ok() {
            // Until the client has closed as well, or said too much: what was sent last is not to be
            // lost by a reset.
            let rest = async { while let Some(Ok(_)) = self.stream.next().await {} };
            let _ = timeout(FAREWELL, rest).await;
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match timeout(FAREWELL, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}
