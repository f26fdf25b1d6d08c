//! What is looked at once more after our requests, when it tells what these met.
use crate::case::Case;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::linux::kernel_log::{self, KernelLog};
use gatewhy_facts::linux::process::{self, Process};
use gatewhy_facts::linux::processes::{self, Processes};
use gatewhy_facts::linux::sockets::{self, TcpSocket};
use gatewhy_facts::linux::unix_sockets::{self, UnixSocket};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;

const AS_ROOT: &str = "run as root";
const SOCKETS: &str = "sockets (sock_diag)";
const CONNECTIONS: &str = "connections (sock_diag)";

impl Case<'_> {
    /// Every process.
    pub(in crate::case) fn processes_again(&self) -> Fact<Rc<Processes>> {
        let question = Question::Processes.again();
        self.known
            .read(&question, "/proc", AS_ROOT, processes::parse)
    }

    /// One process in depth.
    pub(in crate::case) fn process_again(&self, pid: u32) -> Fact<Rc<Process>> {
        let question = Question::Process { pid }.again();
        let place = format!("/proc/{pid}");
        self.known.read(&question, &place, AS_ROOT, process::parse)
    }

    /// TCP sockets that listen.
    pub(in crate::case) fn listening_again(&self) -> Fact<Rc<Vec<TcpSocket>>> {
        let question = Question::TcpListeners.again();
        self.known.read(&question, SOCKETS, AS_ROOT, sockets::tcp)
    }

    /// TCP sockets that are connected.
    pub(in crate::case) fn connected_again(&self) -> Fact<Rc<Vec<TcpSocket>>> {
        let question = Question::TcpConnected.again();
        self.known
            .read(&question, CONNECTIONS, AS_ROOT, sockets::tcp)
    }

    /// Unix sockets, listening and connected.
    pub(in crate::case) fn unix_again(&self) -> Fact<Rc<Vec<UnixSocket>>> {
        let question = Question::UnixSockets.again();
        self.known
            .read(&question, SOCKETS, AS_ROOT, unix_sockets::unix)
    }

    /// What the kernel's log tells.
    pub(in crate::case) fn kernel_log_again(&self) -> Fact<Rc<KernelLog>> {
        let (question, allow) = (
            Question::KernelLog.again(),
            super::machine::ALLOW_KERNEL_LOG,
        );
        self.known
            .read(&question, "kernel log (dmesg)", allow, kernel_log::parse)
    }
}
