//! What every file of the catalogue needs.
pub use crate::case::Case;
pub use crate::cause;
pub use crate::count::counted;
pub use crate::evidence::{Evidence, Strength};
pub use crate::verdict::{Finding, HopName, Verdict};
pub use gatewhy_facts::fact::{Fact, Gap, Source};
pub use gatewhy_facts::prelude::*;
pub use gatewhy_facts::untrusted::shown;
pub use gatewhy_fixes::{Fix, shell};
