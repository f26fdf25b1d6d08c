//! Numbers with what they count.
use core::fmt::Display;
use gatewhy_facts::prelude::*;

/// `1 worker`, `3 workers`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1_usize, "worker"), "1 worker");
        assert_eq!(counted(0_u64, "worker"), "0 workers");
        assert_eq!(
            counted(12_u32, "waiting connection"),
            "12 waiting connections"
        );
    }
}
