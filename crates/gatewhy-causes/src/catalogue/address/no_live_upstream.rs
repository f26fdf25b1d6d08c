//! Every member of the upstream group is out of use, and nothing deeper was found.
use crate::prelude::*;

cause! {
    /// Every member of the upstream group is out of use, and nothing deeper was found.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `no live upstreams while connecting to upstream`.
    ///
    /// ## Why it happens
    ///
    /// Each member failed `max_fails` times within `fail_timeout`, or is marked `down`. For
    /// that long nginx does not even try.
    ///
    /// ## How to be sure
    ///
    /// The log says so; the members' own failures stand in the lines before it.
    ///
    /// ## How to fix it
    ///
    /// Look at the members: their cause comes first. If they are well again, wait for
    /// `fail_timeout` or reload.
    ///
    /// ## What looks the same
    ///
    /// A consequence of nearly everything: look behind it.
    id: "no-live-upstream",
    explains: [],
    last_resort: true,
    weigh: weigh,
}
