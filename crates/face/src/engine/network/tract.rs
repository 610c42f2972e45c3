//! Networks in Rust.

use std::sync::Arc;

use tract_onnx::onnx;
use tract_onnx::prelude::*;
use zeroize::Zeroizing;

use super::{Output, Source};

/// A network, optimised for the shape of its input.
pub(super) struct Plan {
    shape: [usize; 4],
    model: Arc<TypedRunnableModel>,
}

impl Plan {
    pub(super) fn new(source: &Source) -> Result<Self, String> {
        let model = runnable(source).map_err(|error| format!("{error:#}"))?;
        Ok(Self {
            shape: source.shape,
            model,
        })
    }

    pub(super) fn run(&self, input: &[f32]) -> Option<Vec<Output>> {
        let tensor = Tensor::from_shape(&self.shape, input).ok()?;
        let outputs = self.model.run(tvec!(tensor.into())).ok()?;
        outputs.iter().map(numbers).collect()
    }
}

fn runnable(source: &Source) -> TractResult<Arc<TypedRunnableModel>> {
    onnx()
        .model_for_read(&mut source.bytes.as_slice())?
        .with_input_fact(0, f32::fact(source.shape).into())?
        .into_optimized()?
        .into_runnable()
}

fn numbers(value: &TValue) -> Option<Output> {
    let numbers = value.try_as_plain_ram().ok()?.as_slice::<f32>().ok()?;
    Some(Zeroizing::new(numbers.to_vec()))
}
