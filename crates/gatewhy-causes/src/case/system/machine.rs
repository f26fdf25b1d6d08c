//! The machine: the kernel's log, memory, disks.
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::cgroup::{self, MemoryGroup, MemoryLimit};
use gatewhy_facts::linux::file_system::{self, FileSystem};
use gatewhy_facts::linux::kernel_log::{self, KernelLog};
use gatewhy_facts::linux::memory::{self, Memory};
use gatewhy_facts::linux::mountinfo;
use gatewhy_facts::linux::sysctl;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::time::Moment;

/// The most file systems looked at.
const MOUNTS: usize = 32;
/// The kinds of file systems that services keep files on.
const WRITABLE: [&[u8]; 10] = [
    b"ext2", b"ext3", b"ext4", b"xfs", b"btrfs", b"zfs", b"tmpfs", b"overlay", b"f2fs", b"nfs4",
];
pub(super) const ALLOW_KERNEL_LOG: &str = "run as root, or with the capability CAP_SYSLOG";

impl Case<'_> {
    /// What the kernel's log tells.
    pub fn kernel_log(&self) -> Fact<Rc<KernelLog>> {
        let place = "kernel log (dmesg)";
        self.known.read(
            &Question::KernelLog,
            place,
            ALLOW_KERNEL_LOG,
            kernel_log::parse,
        )
    }

    /// The moment of a kernel event.
    pub fn at_kernel(&self, micros: u64) -> Option<Moment> {
        self.clock().map(|clock| clock.at_monotonic(micros))
    }

    /// Memory of this host: the machine's, or, where the host is a container with a
    /// limit, its container's.
    pub fn memory(&self) -> Fact<Memory> {
        let machine =
            self.known
                .file(&Question::file("/proc/meminfo"))
                .and_then(|bytes, source| match memory::meminfo(bytes) {
                    Some(memory) => Fact::Found(memory, source),
                    None => Fact::Absent(source),
                });
        machine.and_then(|memory, source| match self.container_memory(memory) {
            Fact::Found(less, source) => Fact::Found(less, source),
            Fact::Absent(_) => Fact::Found(memory, source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        })
    }

    /// Memory of the control group that the whole host is in, if that is less than
    /// the machine's. A host of its own sees no limit at the root.
    fn container_memory(&self, machine: Memory) -> Fact<Memory> {
        let [one, two] = MemoryGroup::roots();
        let group = match self.file(&two.limit_file()) {
            Fact::Found(..) => two,
            Fact::Absent(_) => one,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        self.file(&group.limit_file())
            .and_then(|bytes, source| match cgroup::limit(bytes) {
                Some(MemoryLimit::Bytes(limit)) if limit >> 10 < machine.total => {
                    Fact::Found(limit, source)
                }
                _ => Fact::Absent(source),
            })
            .and_then(|limit, source| {
                let used = self.file(&group.current_file());
                let stat = self.file(&group.stat_file());
                used.and_then(|used, _| {
                    stat.map(|stat| cgroup::memory_of(limit, used, stat, machine))
                })
                .and_then(|memory, _| match memory {
                    Some(memory) => Fact::Found(memory, source.clone()),
                    None => Fact::Unknown(Gap::new(&*source.place, "it was not understood", "")),
                })
            })
    }

    /// How much of the last ten seconds all processes waited for memory, in hundredths
    /// of a percent; none where the kernel does not tell.
    pub fn memory_stall(&self) -> Option<u32> {
        let file = self.file(&HostPath::new("/proc/pressure/memory"));
        let full = memory::pressure(file.found()?).full?;
        Some(full.avg10)
    }

    fn file(&self, path: &HostPath) -> Fact<&[u8]> {
        self.known.file(&Question::file(path.as_str()))
    }

    /// The file system that holds a path.
    pub fn file_system(&self, path: &HostPath, view: View) -> Fact<FileSystem> {
        let question = Question::FileSystem {
            path: path.clone(),
            view,
        };
        let fact = self
            .known
            .bytes(&question, &format!("file system of {path}"), "run as root");
        fact.and_then(|bytes, source| match file_system::parse(bytes) {
            Some(file_system) => Fact::Found(file_system, source),
            None => Fact::Absent(source),
        })
    }

    /// The first and the last port that connections of this host may come from.
    pub fn local_ports(&self) -> Fact<(u16, u16)> {
        let file = self.known.file(&Question::file(sysctl::PORT_RANGE));
        file.and_then(|bytes, source| match sysctl::port_range(bytes) {
            Some(range) => Fact::Found((*range.start(), *range.end()), source),
            None => Fact::Absent(source),
        })
    }

    /// Where file systems that services write to are mounted. Images that are full
    /// by their nature, and the kernel's own file systems, are left out.
    pub fn writable_mounts(&self) -> Fact<Vec<HostPath>> {
        let fact = self.known.file(&Question::file("/proc/self/mountinfo"));
        fact.map(|bytes| {
            let mounts = mountinfo::parse(bytes);
            let kept = mounts
                .iter()
                .filter(|mount| !mount.read_only && WRITABLE.contains(&mount.kind.as_slice()));
            kept.take(MOUNTS)
                .map(|mount| HostPath::new(String::from_utf8_lossy(&mount.at).into_owned()))
                .collect()
        })
    }

    /// A one-line setting of the kernel below `/proc/sys`.
    pub fn sysctl(&self, name: &str) -> Fact<u64> {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        self.known
            .file(&Question::file(path.clone()))
            .and_then(
                |bytes, source| match String::from_utf8_lossy(bytes).trim().parse() {
                    Ok(number) => Fact::Found(number, source),
                    Err(_) => Fact::Absent(Source::new(path)),
                },
            )
    }
}
