//! The real binary as a process: started, watched, killed, and started again on the same data.
//!
//! [`Server`] is the process, [`Browser`] the person in front of it, [`RelyingParty`] the client
//! behind it. A request that fails because the process was killed is an `Err`; everything else
//! that should not happen is a panic, as in any test.

mod browser;
mod client;
mod command;
mod port;
mod relying_party;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use browser::{Browser, Page, Person};
pub use client::{Speech, http, http_showing};
pub use command::Finished;
pub use relying_party::{RelyingParty, Reply, challenge, now, one_time_code};

/// The password of the administrator unless a test says otherwise.
pub const ADMINISTRATOR_PASSWORD: &str = "an administrator of tests 4711";

/// How long a start or an end may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often something that is waited for is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// How a server is to be started.
#[derive(Clone)]
pub struct Setup {
    executable: PathBuf,
    variables: BTreeMap<String, String>,
    file: Option<String>,
    free_ports: bool,
}

impl Setup {
    /// A server of this executable whose passwords cost next to nothing.
    pub fn of(executable: &str) -> Self {
        let setup = Self {
            executable: executable.into(),
            variables: BTreeMap::new(),
            file: None,
            free_ports: false,
        };
        setup
            .with("COUNTERSIGN_ADMIN_PASSWORD", ADMINISTRATOR_PASSWORD)
            .with("COUNTERSIGN_SIGN_ON_PASSWORD_MEMORY_KIB", "8")
            .with("COUNTERSIGN_SIGN_ON_PASSWORD_ITERATIONS", "1")
            .with("COUNTERSIGN_LIMITS_PASSWORD_QUEUE", "10000")
    }

    /// The same with an environment variable.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// The same without an environment variable.
    #[must_use]
    pub fn without(mut self, variable: &str) -> Self {
        self.variables.remove(variable);
        self
    }

    /// The same with a configuration file of this text.
    #[must_use]
    pub fn with_file(mut self, text: &str) -> Self {
        self.file = Some(text.to_owned());
        self
    }

    /// The same, but the system chooses its ports, anew at each start.
    #[must_use]
    pub fn with_free_ports(mut self) -> Self {
        self.free_ports = true;
        self
    }

    /// Starts the server on a data directory of its own and waits until it is ready.
    pub async fn start(self) -> Server {
        let mut server = self.prepare();
        server.start().await;
        server
    }

    /// The server with its data directory and its addresses, not started yet.
    pub fn prepare(self) -> Server {
        let directory = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .expect("a directory for the server");
        if let Some(text) = &self.file {
            std::fs::write(directory.path().join("countersign.toml"), text).unwrap();
        }
        self.on(Arc::new(directory))
    }

    /// A server on this directory, not started yet.
    fn on(self, directory: Arc<TempDir>) -> Server {
        let port = || if self.free_ports { 0 } else { port::free() };
        Server {
            listen: format!("127.0.0.1:{}", port()),
            admin_listen: format!("127.0.0.1:{}", port()),
            setup: self,
            directory,
            stdout: Output::default(),
            stderr: Output::default(),
            running: None,
            url: String::new(),
            admin_url: String::new(),
        }
    }
}

/// What a process has written so far; it goes on over restarts.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn collect(&self, mut pipe: impl Read + Send + 'static) -> JoinHandle<()> {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let read = buffer.iter().take(count);
                output.0.lock().unwrap().extend(read);
            }
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// A server process and everything that it keeps. Dropping it ends both, also in a panic.
pub struct Server {
    setup: Setup,
    directory: Arc<TempDir>,
    listen: String,
    admin_listen: String,
    stdout: Output,
    stderr: Output,
    running: Option<Running>,
    url: String,
    admin_url: String,
}

struct Running {
    process: Child,
    readers: [JoinHandle<()>; 2],
}

impl Server {
    /// The issuer: where people and clients reach it, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where administrators reach it, without a trailing slash.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// Host and port of the runtime listener.
    pub fn address(&self) -> &str {
        &self.listen
    }

    /// The directory in which it keeps everything.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Everything that it has printed, over all its starts.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Everything that it has logged, over all its starts.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        let running = self.running.as_ref().expect("the server runs");
        running.process.id()
    }

    /// Another server on the same data with addresses of its own, not started yet.
    #[must_use]
    pub fn twin(&self) -> Self {
        self.setup.clone().on(Arc::clone(&self.directory))
    }

    /// What the next start is set up with.
    pub fn reconfigure(&mut self, change: impl FnOnce(Setup) -> Setup) {
        self.setup = change(self.setup.clone());
    }

    /// Starts it on its data and its addresses and waits until it is ready.
    pub async fn start(&mut self) {
        let printed = self.stdout.text().len();
        self.spawn();
        let began = Instant::now();
        loop {
            let text = self.stdout.text();
            let announced = text.get(printed..).and_then(announced);
            if let Some((url, admin_url)) = announced {
                (self.url, self.admin_url) = (url, admin_url);
                break;
            }
            if let Some(status) = self.exited() {
                panic!("the server ended with {status}: {}", self.stderr());
            }
            assert!(began.elapsed() < PATIENCE, "no start: {}", self.stderr());
            tokio::time::sleep(GLANCE).await;
        }
        self.until_ready(began).await;
    }

    async fn until_ready(&self, began: Instant) {
        let http = self.http();
        let ready = format!("{}/health/ready", self.url);
        loop {
            let answer = http.get(&ready).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "not ready: {}", self.stderr());
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Starts the process and waits for nothing.
    pub fn spawn(&mut self) {
        assert!(self.running.is_none(), "the server runs already");
        let mut process = self
            .command_line()
            .args(["serve", "--listen", &self.listen])
            .args(["--admin-listen", &self.admin_listen])
            .arg("--data-dir")
            .arg(self.data_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let readers = [
            self.stdout.collect(process.stdout.take().unwrap()),
            self.stderr.collect(process.stderr.take().unwrap()),
        ];
        self.running = Some(Running { process, readers });
    }

    /// The executable in this server's environment and no other.
    fn command_line(&self) -> Command {
        let mut command = Command::new(&self.setup.executable);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COUNTERSIGN_") {
                command.env_remove(name);
            }
        }
        command.envs(&self.setup.variables);
        let file = self.directory.path().join("countersign.toml");
        if file.is_file() {
            command.env("COUNTERSIGN_CONFIG", file);
        }
        command.current_dir(self.directory.path());
        command
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        let process = &mut self.running.as_mut()?.process;
        process.try_wait().expect("the process can be asked")
    }

    /// Waits until the process has ended by itself.
    pub async fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.exited() {
                self.forget();
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "no end: {}", self.stderr());
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Kills it at once, as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(running) = &mut self.running {
            // It may have ended by itself; then there is nothing to kill.
            let _ = running.process.kill();
        }
        self.forget();
    }

    /// Asks it to stop (SIGTERM), and waits for nothing.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status();
        assert!(kill.expect("kill can be run").success());
    }

    /// Stops it, and starts it again on the same data and the same addresses.
    pub async fn restart(&mut self) {
        self.terminate();
        let status = self.wait().await;
        assert!(status.success(), "{status}: {}", self.stderr());
        self.start().await;
    }

    /// Reaps the process and reads what it wrote to the end.
    fn forget(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        let _ = running.process.wait();
        for reader in running.readers {
            let _ = reader.join();
        }
    }

    /// How much memory it has in use, in KiB (`VmRSS` of Linux).
    pub fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// A connection pool that trusts this server's certificate.
    pub fn http(&self) -> reqwest::Client {
        http(&self.certificate(), Speech::Negotiated)
    }

    /// The certificate that it made for itself, if it did.
    pub fn certificate(&self) -> PathBuf {
        self.data_dir().join("self-signed.pem")
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http(), &self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.stderr();
            let end: Vec<&str> = log.lines().rev().take(20).collect();
            for line in end.into_iter().rev() {
                eprintln!("server: {line}");
            }
        }
    }
}

/// The two addresses in what a server prints when it begins to serve.
fn announced(text: &str) -> Option<(String, String)> {
    let after = |label: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(label))?;
        line.split_whitespace().last().map(str::to_owned)
    };
    // The line after those two: they have been printed to their end.
    after("data ")?;
    Some((after("people and applications")?, after("administration")?))
}

/// All files below a directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
