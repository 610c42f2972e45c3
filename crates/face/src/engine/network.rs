//! A network: numbers in, numbers out.

#[cfg(feature = "ort")]
mod ort;
#[cfg(feature = "tract")]
mod tract;

use zeroize::{Zeroize, Zeroizing};

use super::EngineError;
use crate::AnalysisError;

/// What computes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// Rust, in this binary.
    #[cfg(feature = "tract")]
    Tract,
    /// ONNX Runtime, a shared library: `libonnxruntime.so` of version 1.23 or newer. A process loads it
    /// once; the path that is named first is the one that counts.
    #[cfg(feature = "ort")]
    OnnxRuntime(std::path::PathBuf),
}

/// A model as its file has it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) name: &'static str,
    /// The shape of what goes in.
    pub(super) shape: [usize; 4],
    pub(super) bytes: Vec<u8>,
}

/// A network that is ready to run.
pub(super) struct Network {
    name: &'static str,
    plan: Plan,
}

enum Plan {
    #[cfg(feature = "tract")]
    Tract(tract::Plan),
    #[cfg(feature = "ort")]
    Ort(ort::Plan),
}

/// What comes out of a network, wiped when it is dropped.
pub(super) type Output = Zeroizing<Vec<f32>>;

impl Network {
    pub(super) fn new(runtime: &Runtime, source: &Source) -> Result<Self, EngineError> {
        let name = source.name;
        let plan = match runtime {
            #[cfg(feature = "tract")]
            Runtime::Tract => tract::Plan::new(source).map(Plan::Tract),
            #[cfg(feature = "ort")]
            Runtime::OnnxRuntime(library) => {
                let environment = ort::environment(library).map_err(|reason| {
                    let path = library.clone();
                    EngineError::Library { path, reason }
                })?;
                ort::Plan::new(environment, source).map(Plan::Ort)
            }
        };
        match plan {
            Ok(plan) => Ok(Self { name, plan }),
            Err(reason) => Err(EngineError::Runtime { name, reason }),
        }
    }

    /// Runs the network; it has as many outputs as are asked for, of these lengths.
    pub(super) fn run<const N: usize>(
        &self,
        input: &[f32],
        lengths: [usize; N],
    ) -> Result<[Output; N], AnalysisError> {
        let outputs = match &self.plan {
            #[cfg(feature = "tract")]
            Plan::Tract(plan) => plan.run(input),
            #[cfg(feature = "ort")]
            Plan::Ort(plan) => plan.run(input),
        };
        let outputs = outputs.ok_or(AnalysisError::Network(self.name))?;
        let outputs: [Output; N] = outputs
            .try_into()
            .map_err(|_| AnalysisError::Network(self.name))?;
        let whole = outputs.iter().zip(lengths).all(|(output, length)| {
            output.len() == length && output.iter().all(|number| number.is_finite())
        });
        match whole {
            true => Ok(outputs),
            false => Err(AnalysisError::Network(self.name)),
        }
    }
}

/// The colours of a picture, one after the other for all pixels, as networks want them.
pub(super) fn planes(
    pixels: &[[f32; 3]],
    scale: impl Fn([f32; 3]) -> [f32; 3],
) -> Zeroizing<Vec<f32>> {
    let mut planes = [const { Vec::new() }; 3];
    for plane in &mut planes {
        plane.reserve_exact(pixels.len());
    }
    for pixel in pixels {
        let parts = planes.iter_mut().zip(scale(*pixel));
        parts.for_each(|(plane, number)| plane.push(number));
    }
    let all = Zeroizing::new(planes.concat());
    planes.iter_mut().for_each(Zeroize::zeroize);
    all
}
