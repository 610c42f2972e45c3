//! The lines of the log on their way out: gathered for a moment and written together, so that no
//! request waits for a write of its own.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a line waits for others.
const MOMENT: Duration = Duration::from_millis(10);

/// So many bytes wait for no more.
const ENOUGH: usize = 64 * 1024;

/// Takes lines, for a thread of its own to write.
pub(super) struct Gathered {
    lines: Mutex<Lines>,
    changed: Condvar,
}

struct Lines {
    waiting: Vec<u8>,
    out: Box<dyn Write + Send>,
    /// Whether nobody writes but who brings a line.
    closed: bool,
}

impl Lines {
    fn write_out(&mut self) {
        // There is nowhere to say that the log cannot be written.
        let _ = self.out.write_all(&self.waiting);
        let _ = self.out.flush();
        self.waiting.clear();
    }
}

impl Gathered {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(out: impl Write + Send + 'static) -> std::io::Result<(Arc<Self>, Closing)> {
        let gathered = Arc::new(Self {
            lines: Mutex::new(Lines {
                waiting: Vec::new(),
                out: Box::new(out),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let (writing, closing) = (Arc::clone(&gathered), Arc::clone(&gathered));
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writing.write_until_closed())?;
        let closing = Closing {
            gathered: closing,
            thread: Some(thread),
        };
        Ok((gathered, closing))
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self) {
        let mut lines = self.lines();
        while !lines.closed {
            let idle = |lines: &mut Lines| lines.waiting.is_empty() && !lines.closed;
            let woken = self.changed.wait_while(lines, idle);
            lines = woken.unwrap_or_else(PoisonError::into_inner);
            let open = |lines: &mut Lines| !lines.closed;
            let gathered = self.changed.wait_timeout_while(lines, MOMENT, open);
            (lines, _) = gathered.unwrap_or_else(PoisonError::into_inner);
            lines.write_out();
        }
        // It may have been closed before anything was waited for.
        lines.write_out();
    }

    fn close(&self) {
        self.lines().closed = true;
        self.changed.notify_all();
    }
}

impl Write for &Gathered {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.lines();
        let first = lines.waiting.is_empty();
        lines.waiting.extend_from_slice(line);
        if lines.closed || lines.waiting.len() >= ENOUGH {
            lines.write_out();
        } else if first {
            self.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes what is waiting when it is dropped; from then on every line is written at once.
pub(crate) struct Closing {
    gathered: Arc<Gathered>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.gathered.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Out {
        fn written(&self) -> (String, usize) {
            let (bytes, writes) = self.0.lock().unwrap().clone();
            (String::from_utf8(bytes).unwrap(), writes)
        }
    }

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let mut out = self.0.lock().unwrap();
            out.0.extend_from_slice(bytes);
            out.1 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_together_and_none_is_lost() {
        let out = Out::default();
        let (gathered, closing) = Gathered::start(out.clone()).unwrap();
        let lines: Vec<String> = (0..1000).map(|number| format!("line {number}\n")).collect();
        for line in &lines {
            (&*gathered).write_all(line.as_bytes()).unwrap();
        }
        drop(closing);
        let (text, writes) = out.written();
        assert_eq!(text, lines.concat());
        assert!(writes < lines.len(), "{writes}");
        (&*gathered).write_all(b"at once").unwrap();
        assert!(out.written().0.ends_with("at once"));
    }

    #[test]
    fn a_line_is_written_though_no_other_follows() {
        let out = Out::default();
        let (gathered, _closing) = Gathered::start(out.clone()).unwrap();
        for _ in 0..2 {
            let (_, before) = out.written();
            (&*gathered).write_all(b"line\n").unwrap();
            while out.written().1 == before {
                std::thread::yield_now();
            }
        }
    }
}
