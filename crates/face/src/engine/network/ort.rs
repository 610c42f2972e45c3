//! Networks on ONNX Runtime.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;
use zeroize::Zeroizing;

use super::{Output, Source};

/// A network, with a session for each thread that runs it at the same time.
pub(super) struct Plan {
    source: Source,
    environment: &'static Environment,
    idle: Mutex<Vec<Session>>,
}

impl Plan {
    pub(super) fn new(environment: &'static Environment, source: &Source) -> Result<Self, String> {
        let session = session(environment, source)?;
        Ok(Self {
            source: source.clone(),
            environment,
            idle: Mutex::new(vec![session]),
        })
    }

    pub(super) fn run(&self, input: &[f32]) -> Option<Vec<Output>> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut session = match idle {
            Some(session) => session,
            None => session(self.environment, &self.source).ok()?,
        };
        let outputs = outputs(&mut session, self.source.shape, input);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(session);
        outputs
    }
}

/// The library, which a process loads once.
pub(super) fn environment(library: &Path) -> Result<&'static Environment, String> {
    static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();
    let loaded = ENVIRONMENT.get_or_init(|| {
        let builder = ort::init_from(library).map_err(|error| error.to_string())?;
        builder.build().map_err(|error| error.to_string())
    });
    loaded.as_ref().map_err(Clone::clone)
}

/// A network that runs on the thread that asks it to: the pool decides how many there are.
fn session(environment: &'static Environment, source: &Source) -> Result<Session, String> {
    let builder = Session::builder(environment).map_err(|error| error.to_string())?;
    let mut builder = builder
        .with_intra_threads(1)
        .map_err(|error| error.to_string())?;
    builder
        .commit_from_memory(&source.bytes)
        .map_err(|error| error.to_string())
}

fn outputs(session: &mut Session, shape: [usize; 4], input: &[f32]) -> Option<Vec<Output>> {
    let tensor = Tensor::from_array((shape, input.to_vec())).ok()?;
    let names: Vec<String> = session
        .outputs()
        .iter()
        .map(|output| output.name().to_owned())
        .collect();
    let outputs = session.run(ort::inputs![tensor]).ok()?;
    let numbers = names.iter().map(|name| {
        let (_, numbers) = outputs.get(name)?.try_extract_tensor::<f32>().ok()?;
        Some(Zeroizing::new(numbers.to_vec()))
    });
    numbers.collect()
}
