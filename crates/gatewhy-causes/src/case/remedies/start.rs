//! How what lies down is started again, once what felled it is mended.
use crate::case::Case;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

/// A service that systemd has given up, after what `fix` says so far.
#[must_use]
pub fn start_mended(fix: Fix, unit: &str) -> Fix {
    fix.run(
        format!("systemctl reset-failed {unit}"),
        "forgets the failed starts",
    )
    .run(
        format!("systemctl start {unit}"),
        "starts it once the fault is mended",
    )
}

impl Case<'_> {
    /// The proxy `name`, which has nothing against being started.
    pub fn start_proxy(&self, name: &str) -> Fix {
        let test = self.test_command();
        Fix::new(format!("{test} && systemctl start {name}"))
            .run(test, "tests the configuration; go on only if it succeeds")
            .run(
                format!("systemctl reset-failed {name}"),
                "forgets the failed starts",
            )
            .run(format!("systemctl start {name}"), "starts the proxy")
    }
}
