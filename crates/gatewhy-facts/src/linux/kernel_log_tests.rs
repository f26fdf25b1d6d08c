use super::super::oom::{Constraint, Holder, OomKill};
use super::*;

fn log(texts: &[&str]) -> KernelLog {
    let lines = texts
        .iter()
        .zip(1..)
        .map(|(text, n)| format!("6,{n},{n}000000,-;{text}\n"));
    parse(lines.collect::<String>().as_bytes())
}

fn one_kill(texts: &[&str]) -> OomKill {
    let log = log(texts);
    let kills: Vec<_> = log.oom_kills().map(|(_, kill)| kill.clone()).collect();
    assert_eq!(kills.len(), 1, "{kills:?}");
    kills.into_iter().next().unwrap()
}

/// Recorded from Linux 6.18 with a version 1 memory group of 30 MiB.
#[test]
fn a_recorded_kill_in_a_memory_group() {
    let log = parse(include_bytes!("recorded/oom_memcg_v1_6.18.kmsg"));
    let (happened, kill) = log.oom_kills().next().unwrap();
    assert_eq!(log.oom_kills().count(), 1);
    assert_eq!(happened.at_us, 3_956_169_951);
    assert!(
        happened
            .text
            .starts_with(b"Memory cgroup out of memory: Killed process 25112")
    );
    let expected = OomKill {
        pid: 25112,
        comm: b"python3".to_vec(),
        uid: Some(0),
        task_group: Some(b"/gatewhy-rec/shop.service".to_vec()),
        limited_group: Some(b"/gatewhy-rec/shop.service".to_vec()),
        constraint: Constraint::Group,
        usage_and_limit_kib: Some((30_720, 30_720)),
        anon_rss_kib: Some(30_464),
        total_vm_kib: Some(118_968),
        invoked_by: Some(b"python3".to_vec()),
        largest: Some(Holder {
            pid: 25112,
            comm: b"python3".to_vec(),
            rss_pages: 9_262,
        }),
    };
    assert_eq!(*kill, expected);
    let crash = log
        .events
        .iter()
        .find_map(|happened| match &happened.event {
            KernelEvent::Crash(crash) => Some(crash),
            _ => None,
        });
    let crash = crash.unwrap();
    assert_eq!((crash.pid, crash.comm.as_slice()), (25153, &b"python3"[..]));
    assert_eq!(crash.object.as_deref(), Some(&b"libc.so.6"[..]));
}

/// The words of Linux 3.10 in a control group.
#[test]
fn a_kill_of_the_third_era_joins_its_groups() {
    let kill = one_kill(&[
        "node invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0",
        "Task in /system.slice/shop.service killed as a result of limit of /system.slice",
        "memory: usage 262144kB, limit 262144kB, failcnt 91",
        "Memory cgroup out of memory: Kill process 4321 (node) score 988 or sacrifice child",
        "Killed process 4321 (node) total-vm:1200340kB, anon-rss:250112kB, file-rss:4012kB",
    ]);
    assert_eq!(kill.pid, 4321);
    assert_eq!(
        kill.task_group.as_deref(),
        Some(&b"/system.slice/shop.service"[..])
    );
    assert_eq!(kill.limited_group.as_deref(), Some(&b"/system.slice"[..]));
    assert_eq!(kill.constraint, Constraint::Group);
    assert_eq!(kill.usage_and_limit_kib, Some((262_144, 262_144)));
}

#[test]
fn a_kill_of_the_whole_machine_and_of_rhel_6() {
    let kill = one_kill(&[
        "mysqld invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/php8.2-fpm.service,task=php-fpm8.2,pid=900,uid=33",
        "Out of memory: Killed process 900 (php-fpm8.2) total-vm:312340kB, anon-rss:98112kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:400kB oom_score_adj:0",
    ]);
    assert_eq!(
        (kill.pid, kill.uid, kill.constraint),
        (900, Some(33), Constraint::Machine)
    );
    assert_eq!(kill.invoked_by.as_deref(), Some(&b"mysqld"[..]));
    assert_eq!(
        kill.task_group.as_deref(),
        Some(&b"/system.slice/php8.2-fpm.service"[..])
    );
    let kill = one_kill(&[
        "Killed process 77, UID 48, (httpd) total-vm:500kB, anon-rss:400kB, file-rss:0kB",
    ]);
    assert_eq!(
        (kill.pid, kill.uid, kill.comm),
        (77, Some(48), b"httpd".to_vec())
    );
}

#[test]
fn a_name_cannot_forge_another_victim() {
    let kill = one_kill(&[
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0,pid=55,uid=1000",
        "Memory cgroup out of memory: Killed process 55 (x) total-vm:1k) total-vm:118968kB, anon-rss:30336kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:1kB oom_score_adj:0",
    ]);
    assert_eq!((kill.pid, kill.uid), (55, Some(1000)));
    assert_eq!(kill.comm, b"x) total-vm:1k");
    assert_eq!(kill.task_group.as_deref(), Some(&b"/a/b"[..]));
    // Written by a process: its facility is not the kernel's.
    let forged = b"14,9,9,-;Out of memory: Killed process 1 (init) total-vm:1kB, anon-rss:1kB\n";
    assert_eq!(parse(forged).events, []);
}

#[test]
fn a_group_killed_as_a_whole_is_several_kills() {
    let log = log(&[
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g,task_memcg=/g/one,task=a,pid=5,uid=0",
        "Memory cgroup out of memory: Killed process 5 (a) total-vm:1kB, anon-rss:1kB, UID:0 pgtables:1kB",
        "Tasks in /g are going to be killed due to memory.oom.group set",
        "Memory cgroup out of memory: Killed process 5 (a) total-vm:1kB, anon-rss:1kB, UID:0 pgtables:1kB",
        "Memory cgroup out of memory: Killed process 6 (b) total-vm:1kB, anon-rss:1kB, UID:0 pgtables:1kB",
    ]);
    let victims: Vec<u32> = log.oom_kills().map(|(_, kill)| kill.pid).collect();
    assert_eq!(victims, [5, 5, 6]);
    assert!(
        log.oom_kills()
            .all(|(_, kill)| kill.limited_group.as_deref() == Some(b"/g"))
    );
}

#[test]
fn a_kill_whose_last_record_is_lost_still_counts() {
    let kill = one_kill(&[
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=node,pid=9,uid=0",
    ]);
    assert_eq!((kill.pid, kill.anon_rss_kib), (9, None));
}

#[test]
fn the_other_events() {
    let events = |text: &str| log(&[text]).events.into_iter().next().map(|h| h.event);
    let flood = |port, cookies| Some(KernelEvent::SynFlood { port, cookies });
    assert_eq!(
        events(
            "TCP: request_sock_TCP: Possible SYN flooding on port 8080. Sending cookies.  Check SNMP counters."
        ),
        flood(8080, true)
    );
    assert_eq!(
        events(
            "TCP: request_sock_TCP: Possible SYN flooding on port [::1]:9000. Dropping request."
        ),
        flood(9000, false)
    );
    assert_eq!(
        events("nf_conntrack: nf_conntrack: table full, dropping packet"),
        Some(KernelEvent::ConntrackFull)
    );
    let hung = KernelEvent::HungTask {
        pid: 31,
        comm: b"php:fpm".to_vec(),
        seconds: 120,
    };
    assert_eq!(
        events("INFO: task php:fpm:31 blocked for more than 120 seconds."),
        Some(hung)
    );
    let storage = |device: &str, read_only| {
        Some(KernelEvent::StorageError {
            device: Some(device.into()),
            read_only,
        })
    };
    assert_eq!(
        events(
            "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm nginx: reading directory lblock 0"
        ),
        storage("sda1", false)
    );
    assert_eq!(
        events("EXT4-fs (sda1): Remounting filesystem read-only"),
        storage("sda1", true)
    );
    assert_eq!(
        events("XFS (dm-0): Filesystem has been shut down due to log error (0x2)."),
        storage("dm-0", true)
    );
    assert_eq!(
        events("I/O error, dev vda, sector 1234 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2"),
        storage("vda", false)
    );
    let fork = KernelEvent::ForkRefused {
        group: b"/system.slice/shop.service".to_vec(),
    };
    assert_eq!(
        events("cgroup: fork rejected by pids controller in /system.slice/shop.service"),
        Some(fork)
    );
    assert_eq!(
        events("EXT4-fs (sda1): mounted filesystem with ordered data mode"),
        None
    );
    assert_eq!(events("traps: nginx[7] general protection fault ip:55 sp:7f error:0 in nginx[5500+1000]").map(|e| matches!(e, KernelEvent::Crash(c) if c.pid == 7 && c.how == b"general protection fault")), Some(true));
}

#[test]
fn escapes_are_undone_and_dictionary_lines_left_out() {
    let all: Vec<_> =
        records(b"6,1,5,-;a\\x1bb\\x5c\\xZZ\n SUBSYSTEM=pci\n12,2,6,c;user\n").collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].text, b"a\x1bb\\\\xZZ");
    assert_eq!((all[1].facility, all[1].level), (1, 4));
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, words in "(Killed process |oom-kill:|,pid=|,task=|\\(|\\) total-vm:|[a-z0-9,=]){0,12}") {
        let _ = parse(&bytes);
        let _ = log(&[&words, &words]);
        let _ = kernel_event::read(&bytes);
    }
}

#[test]
fn a_kill_whose_report_the_kernel_left_out_inherits_no_other_report() {
    let log = parse(
        b"6,1,14623541966,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/php8.2-fpm.service,task_memcg=/system.slice/php8.2-fpm.service,task=php-fpm8.2,pid=2589,uid=33\n\
          3,2,14623541983,-;Memory cgroup out of memory: Killed process 2589 (php-fpm8.2) total-vm:473836kB, anon-rss:118036kB, file-rss:4516kB, shmem-rss:416kB, UID:33 pgtables:616kB oom_score_adj:0\n\
          3,3,14625808176,-;Memory cgroup out of memory: Killed process 2906 (node) total-vm:609280kB, anon-rss:14544kB, file-rss:36184kB, shmem-rss:0kB, UID:997 pgtables:612kB oom_score_adj:900\n",
    );
    let kills: Vec<_> = log.oom_kills().map(|(_, kill)| kill).collect();
    assert_eq!(kills.len(), 2);
    let group = kills[0].task_group.as_deref();
    assert_eq!(group, Some(&b"/system.slice/php8.2-fpm.service"[..]));
    assert_eq!((kills[1].pid, kills[1].uid), (2906, Some(997)));
    assert_eq!(kills[1].task_group, None);
    assert_eq!(kills[1].constraint, Constraint::Group);
}
