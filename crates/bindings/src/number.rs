//! Numbers as Kotlin and Swift write them: nobody there writes `2u`.

/// The same number, or the nearest that there is.
pub(crate) fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// The same number, or the nearest that there is.
pub(crate) fn signed<Unsigned, Signed>(number: Unsigned) -> Signed
where
    Unsigned: TryInto<Signed>,
    Signed: Largest,
{
    number.try_into().unwrap_or(Signed::LARGEST)
}

/// A type that has a largest number.
pub(crate) trait Largest {
    /// That number.
    const LARGEST: Self;
}

impl Largest for i32 {
    const LARGEST: Self = Self::MAX;
}

impl Largest for i64 {
    const LARGEST: Self = Self::MAX;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_fit_are_the_nearest() {
        assert_eq!((unsigned(-1), unsigned(2)), (0, 2));
        assert_eq!(signed::<u32, i32>(u32::MAX), i32::MAX);
        assert_eq!(signed::<u64, i64>(412), 412);
    }
}
