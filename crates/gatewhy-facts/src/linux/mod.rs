//! What the kernel tells: processes, sockets, users, permissions, memory, its log.
//!
//! Every module reads one kernel interface or system file; none fails: what is
//! not understood is left out, and what could not be read says so.
pub mod access_list;
pub mod cgroup;
pub mod clock;
pub mod container;
pub mod cpu_group;
pub mod denial;
pub mod firewall;
pub mod interfaces;
pub mod iptables;
pub mod kernel_event;
pub mod kernel_log;
pub mod limits;
pub mod memory;
pub mod mountinfo;
pub mod neighbours;
pub mod netstat;
pub mod networks;
pub mod nft;
pub mod oom;
mod oom_table;
pub mod owners;
pub mod proc_net;
pub mod process;
pub mod processes;
pub mod route;
pub mod sockets;
pub mod stat;
pub mod status;
pub mod sysctl;
pub mod unix_sockets;
pub mod users;
pub mod viewer;
pub mod walk;

pub(crate) mod field;
pub mod file_system;
mod netlink;
