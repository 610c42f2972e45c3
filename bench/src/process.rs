//! A process under load: started, waited for, and looked at from outside.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::http::Connection;

/// Linux counts the processor time of a process in hundredths of a second (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// A running process that listens. Dropping it ends it.
pub struct Process {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Process {
    /// Starts it, with its log in a file, and waits until it has said where it listens.
    fn start(command: &mut Command, log: &Path) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()?;
        let output = child.stdout.take().ok_or("there is no standard output")?;
        let mut address = None;
        for line in BufReader::new(output).lines() {
            let line = line?;
            let line = line.trim();
            if line.starts_with("people and applications") {
                address = line.rsplit("//").next().map(str::to_owned);
            }
            // The line after that one: it has been printed to its end.
            if line.starts_with("data") {
                break;
            }
        }
        let address = address.ok_or_else(|| {
            let log = fs::read_to_string(log).unwrap_or_default();
            format!("it did not start:\n{log}")
        })?;
        Ok(Self { child, address })
    }

    /// The bare handler.
    pub fn baseline(directory: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::start(command.arg("baseline"), &directory.join("baseline.log"))
    }

    /// The processor time that it has used so far.
    pub fn processor_time(&self) -> Result<Duration, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("/proc/PID/stat has no name")?;
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks: Result<Vec<u32>, _> = ticks.map(str::parse).collect();
        Ok(TICK * ticks?.iter().sum())
    }

    /// A line of `/proc/PID/status`, in MB (10^6 bytes).
    fn status(&self, name: &str) -> Result<f64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        let kibibytes: f64 = kibibytes.ok_or("/proc/PID/status is odd")?.parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }

    /// The memory that it has now, in MB.
    pub fn memory(&self) -> Result<f64, Failure> {
        self.status("VmRSS:")
    }

    /// The most memory that it ever had, in MB.
    pub fn peak_memory(&self) -> Result<f64, Failure> {
        self.status("VmHWM:")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's executable and a directory of its own in which it keeps everything.
pub struct Server {
    executable: PathBuf,
    directory: PathBuf,
}

impl Server {
    pub fn new(executable: PathBuf, directory: PathBuf) -> Self {
        Self {
            executable,
            directory,
        }
    }

    /// The executable in an environment without settings but the measurement's own.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COUNTERSIGN_") {
                command.env_remove(name);
            }
        }
        command
            .env("COUNTERSIGN_DATA_DIR", self.directory.join("data"))
            .env("COUNTERSIGN_SERVER_LISTEN", "127.0.0.1:0")
            .env("COUNTERSIGN_SERVER_ADMIN_LISTEN", "127.0.0.1:0");
        command
    }

    /// Runs a command of the server's, which reads one line.
    pub fn run(&self, arguments: &[&str], line: &str) -> Result<(), Failure> {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A command that reads nothing may be gone already.
            let _ = writeln!(input, "{line}");
        }
        let status = child.wait()?;
        let deed = arguments.join(" ");
        let failed = || format!("countersign {deed}: {status}").into();
        status.success().then_some(()).ok_or_else(failed)
    }

    /// Starts it and waits until it says where it listens.
    pub fn start(&self) -> Result<Process, Failure> {
        Process::start(self.command().arg("serve"), &self.directory.join("log"))
    }

    /// How long it takes from the start of the process until it answers that it is ready.
    pub async fn start_to_ready(&self) -> Result<Duration, Failure> {
        let began = Instant::now();
        let process = self.start()?;
        let mut connection = Connection::open(&process.address).await?;
        let ready = connection.get("/health/ready", "").await?;
        let took = began.elapsed();
        match ready.status {
            200 => Ok(took),
            status => Err(format!("/health/ready answered {status}").into()),
        }
    }
}
