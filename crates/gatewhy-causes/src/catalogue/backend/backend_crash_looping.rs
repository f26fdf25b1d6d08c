//! The backend crashes, is started again, and crashes again.
use crate::prelude::*;

cause! {
    /// The backend crashes, is started again, and crashes again.
    ///
    /// ## How it looks
    ///
    /// 502 most of the time, with moments that work; or steadily, once the service manager
    /// has given up with `Start request repeated too quickly`.
    ///
    /// ## Why it happens
    ///
    /// What kills it is still there after the restart: a bad deploy, a missing dependency,
    /// a poisoned job. systemd gives up after `StartLimitBurst` starts within
    /// `StartLimitIntervalSec`.
    ///
    /// ## How to be sure
    ///
    /// The restart counter rises (`systemctl show -p NRestarts UNIT`), the state is
    /// *auto-restart*, or the result is *start-limit-hit*. The journal holds the same last
    /// words again and again.
    ///
    /// ## How to fix it
    ///
    /// Mend what the first failure's own output names, not the limit. Then `systemctl
    /// reset-failed UNIT && systemctl start UNIT`.
    ///
    /// ## What looks the same
    ///
    /// `backend-start-failed`: it never gets as far as to serve. `backend-oom-killed`: the
    /// kernel kills it each time.
    id: "backend-crash-looping",
    explains: ["backend-crashed", "no-live-upstream"],
    weigh: weigh,
}
