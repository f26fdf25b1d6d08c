//! Lets the proxy's worker in: the setting of exactly the element that refuses, in
//! the backend's own configuration, so that it lasts.
use crate::case::exchange::link::Link;
use crate::case::service::backend::Software;
use crate::case::software::fpm::PoolOf;
use crate::case::system::socket_access::Refusal;
use gatewhy_facts::linux::walk::Class;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_fixes::{Fix, shell};

/// How the element is to be changed.
pub fn admit(link: Link<'_, '_>, refusal: &Refusal) -> Fix {
    if refusal.passes_anew {
        return newer_groups(link, refusal);
    }
    let fix = match (refusal.is_socket(), link.configured_pool()) {
        (true, Some(pool)) => pool_socket(&pool, refusal),
        (true, None) if link.software() == Software::PhpFpm => fpm_socket(refusal),
        (true, None) => app_socket(link, refusal),
        (false, _) => folder(link, refusal),
    };
    link.case.verified(fix)
}

/// The worker's user was put into the group after nginx was started.
fn newer_groups(link: Link<'_, '_>, refusal: &Refusal) -> Fix {
    let title = format!(
        "{}: its workers started before {} was put into the group",
        link.case.reload_command(),
        refusal.user
    );
    let fix = Fix::new(title).safe().run(
        link.case.reload_command(),
        "new workers get the groups that /etc/group has now",
    );
    link.case.verified(fix)
}

/// PHP-FPM makes its sockets itself, with the pool's owner, group and mode.
fn pool_socket(pool: &PoolOf<'_>, refusal: &Refusal) -> Fix {
    let wanted: &[(&str, &str)] = match refusal.class {
        Class::Other | Class::Listed => &[
            ("listen.owner", refusal.user.as_str()),
            ("listen.group", refusal.group.as_str()),
            ("listen.mode", "0660"),
        ],
        Class::Owner | Class::Group => &[("listen.mode", "0660")],
    };
    let mut fix = Fix::new(format!(
        "let pool {} open its socket to {}",
        pool.pool.name, refusal.user
    ));
    // With a list of users PHP-FPM does not look at owner and group.
    let list = ["listen.acl_users", "listen.acl_groups"].iter();
    let listed = list.copied().find_map(|key| {
        let set = pool.pool.settings.text(key)?;
        (!set.value.is_empty()).then_some((key, set.value))
    });
    match listed {
        Some((key, value)) => {
            let who = if key.ends_with("users") {
                &refusal.user
            } else {
                &refusal.group
            };
            fix = setting(fix, pool, key, &format!("{value},{who}"));
        }
        None => {
            for (key, value) in wanted {
                fix = setting(fix, pool, key, value);
            }
        }
    }
    let unit = &pool.fpm.unit;
    fix.run(
        format!("systemctl restart {unit}"),
        "makes the socket anew; a reload keeps the old one",
    )
}

/// One setting of the pool: its line changed, or a line to add.
fn setting(fix: Fix, pool: &PoolOf<'_>, key: &str, value: &str) -> Fix {
    let after = format!("{key} = {value}");
    match pool.pool.settings.text(key) {
        Some(set) if set.value == value => fix,
        Some(set) => fix.edit(
            (&set.place.file, set.place.span.line),
            (&format!("{key} = {}", set.value), &after),
            "who may open the socket",
        ),
        // 0660 is what FPM takes without the setting.
        None if key == "listen.mode" && value == "0660" => fix,
        None => fix.advise(format!(
            "add to {}, below [{}]: {after}",
            pool.pool.place.file, pool.pool.name
        )),
    }
}

/// A pool whose files name the socket by another path, as in a container.
fn fpm_socket(refusal: &Refusal) -> Fix {
    let path = refusal.path();
    Fix::new(format!("let PHP-FPM open its socket to {}", refusal.user)).advise(format!(
        "in the pool that makes {path}: listen.owner = {}, listen.group = {}, listen.mode = 0660; then restart PHP-FPM, which makes the socket anew with them",
        refusal.user, refusal.group
    ))
}

fn app_socket(link: Link<'_, '_>, refusal: &Refusal) -> Fix {
    let path = refusal.path();
    let service = link.service();
    let file = shell::word(&path);
    let now = format!("chgrp {} {file} && chmod 0660 {file}", refusal.group);
    let fix = Fix::new(format!("give {} the right to open {path}", refusal.user));
    let until = format!(
        "lets {} in until the socket is made anew",
        link.case.proxy_name()
    );
    let fix = fix.run(now, until);
    let Some(unit) = service.found().map(|service| &service.unit) else {
        return fix.advise(format!(
            "let the application make {path} with the group {} and the mode 0660",
            refusal.group
        ));
    };
    if let Some(socket) = unit
        .triggered_by
        .iter()
        .find(|name| name.ends_with(".socket"))
    {
        return socket_unit(fix, socket, refusal);
    }
    drop_in(
        fix,
        &unit.id,
        &format!("Group={}\\nUMask=0007", refusal.group),
        "lets every socket it makes be opened by that group; an application that sets the mode itself (uWSGI: chmod-socket, gunicorn: --umask) must be told there",
    )
}

fn socket_unit(fix: Fix, socket: &str, refusal: &Refusal) -> Fix {
    let lines = format!("SocketGroup={}\\nSocketMode=0660", refusal.group);
    fix.run(
        drop_in_command(socket, "Socket", &lines),
        "systemd makes this socket, with that group and mode from now on",
    )
    .run(
        format!("systemctl daemon-reload && systemctl restart {socket}"),
        "takes it up",
    )
}

fn folder(link: Link<'_, '_>, refusal: &Refusal) -> Fix {
    let path = refusal.path();
    let service = link.service();
    let unit = service.found().map(|service| &service.unit);
    if let Some(unit) = unit.filter(|unit| is_runtime_folder(unit, &path)) {
        let fix = Fix::new(format!("let {} make {path} with the mode 0755", unit.id));
        return drop_in(
            fix,
            &unit.id,
            "RuntimeDirectoryMode=0755",
            "systemd makes this folder at every start, with that mode from now on",
        );
    }
    let (who, title) = match refusal.class {
        Class::Owner => ("u", "owner"),
        Class::Group => ("g", "group"),
        Class::Other | Class::Listed => ("o", "others"),
    };
    let change = format!("chmod {who}+x {}", shell::word(&path));
    let fix = Fix::new(format!("let {title} pass {path}: {change}")).run(
        change,
        format!(
            "lets {} pass this folder, without listing it",
            link.case.proxy_name()
        ),
    );
    if path.starts_with("/run/") || path.starts_with("/var/run/") {
        return fix.advise(format!(
            "{path} is made anew at boot: set its mode where it is made (RuntimeDirectoryMode= of the service, or a file in /etc/tmpfiles.d)"
        ));
    }
    if path.starts_with("/root") || path.starts_with("/home") {
        return fix.advise(
            "better: a socket below /run (RuntimeDirectory= of the service), not in a home folder",
        );
    }
    fix
}

fn is_runtime_folder(unit: &Unit, path: &str) -> bool {
    let folders = unit.context.runtime_directory.iter();
    folders
        .map(|name| format!("/run/{}", name.trim_start_matches("/run/")))
        .any(|folder| path == folder)
}

/// A drop-in of its own, added to if it is there.
fn drop_in_command(unit: &str, section: &str, lines: &str) -> String {
    let folder = shell::word(&format!("/etc/systemd/system/{unit}.d"));
    format!("mkdir -p {folder} && printf '[{section}]\\n{lines}\\n' >> {folder}/90-gatewhy.conf")
}

/// Sets lines in a drop-in of a service, and takes them up.
pub(crate) fn drop_in(fix: Fix, unit: &str, lines: &str, why: &str) -> Fix {
    fix.run(drop_in_command(unit, "Service", lines), why).run(
        format!("systemctl daemon-reload && systemctl restart {unit}"),
        "takes it up",
    )
}
