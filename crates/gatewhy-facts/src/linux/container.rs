//! Which container a process runs in, by the name of its control group.
use super::cgroup::Membership;
use crate::prelude::*;
use crate::untrusted::shown_within;

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Who runs it.
    pub engine: Engine,
    /// Its id, the first twelve digits, or its name.
    pub name: String,
}

/// Who runs a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman, and others built on libpod.
    Podman,
    /// containerd or CRI-O, as Kubernetes uses them.
    Kubernetes,
    /// systemd-nspawn, and others that systemd-machined knows.
    Nspawn,
    /// LXC and LXD.
    Lxc,
}

impl Engine {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::Kubernetes => "Kubernetes",
            Self::Nspawn => "systemd-nspawn",
            Self::Lxc => "LXC",
        }
    }
}

impl Container {
    /// The container that these control groups belong to, if they do.
    pub fn of(groups: &[Membership]) -> Option<Self> {
        groups.iter().find_map(|group| of_path(&group.path))
    }

    /// As people say it: `the Docker container 0123456789ab`.
    pub fn words(&self) -> String {
        format!("the {} container {}", self.engine.name(), self.name)
    }

    /// The command that shows what it wrote last.
    pub fn logs_command(&self) -> String {
        let name = &self.name;
        match self.engine {
            Engine::Docker => format!("docker logs --tail 50 {name}"),
            Engine::Podman => format!("podman logs --tail 50 {name}"),
            Engine::Kubernetes => format!("crictl logs --tail 50 {name}"),
            Engine::Nspawn => format!("journalctl --machine={name} -n 50 --no-pager"),
            Engine::Lxc => format!("lxc-attach {name} -- journalctl -n 50 --no-pager"),
        }
    }
}

/// What stands before a container's id in the last elements of a path.
const BEFORE: [(&str, Engine); 6] = [
    ("docker-", Engine::Docker),
    ("libpod-conmon-", Engine::Podman),
    ("libpod-", Engine::Podman),
    ("cri-containerd-", Engine::Kubernetes),
    ("crio-", Engine::Kubernetes),
    ("lxc.payload.", Engine::Lxc),
];

fn of_path(path: &str) -> Option<Container> {
    let elements: Vec<&str> = path.split('/').collect();
    let kubernetes = elements
        .iter()
        .any(|element| element.starts_with("kubepods"));
    let before = core::iter::once("").chain(elements.iter().copied());
    let found = before
        .zip(&elements)
        .filter_map(|(parent, element)| of_element(parent, element));
    let (engine, name) = found.last()?;
    let engine = if kubernetes {
        Engine::Kubernetes
    } else {
        engine
    };
    let short = if is_id(name) { name.get(..12)? } else { name };
    Some(Container {
        engine,
        name: shown_within(short.as_bytes(), 40),
    })
}

fn of_element<'a>(parent: &str, element: &'a str) -> Option<(Engine, &'a str)> {
    let bare = element.strip_suffix(".scope").unwrap_or(element);
    for (lead, engine) in BEFORE {
        let rest = bare.strip_prefix(lead);
        if let Some(name) = rest.filter(|name| is_id(name) || engine == Engine::Lxc) {
            return Some((engine, name));
        }
    }
    if is_id(bare) && (parent == "docker" || parent.starts_with("pod")) {
        return Some((Engine::Docker, bare));
    }
    let machine = bare
        .strip_prefix("machine-")
        .filter(|_| bare.len() < element.len());
    let service = element
        .strip_prefix("systemd-nspawn@")
        .and_then(|rest| rest.strip_suffix(".service"));
    let name = machine.or(service).filter(|name| !name.is_empty())?;
    Some((Engine::Nspawn, name))
}

/// 64 hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn of(path: &str) -> Option<(Engine, String)> {
        of_path(&path.replace("ID", ID)).map(|found| (found.engine, found.name))
    }

    #[test]
    fn engines_are_known_by_their_groups() {
        let short = "0123456789ab".to_owned();
        assert_eq!(
            of("/system.slice/docker-ID.scope"),
            Some((Engine::Docker, short.clone()))
        );
        assert_eq!(of("/docker/ID"), Some((Engine::Docker, short.clone())));
        assert_eq!(
            of("/machine.slice/libpod-ID.scope/container"),
            Some((Engine::Podman, short.clone()))
        );
        let pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-ID.scope";
        assert_eq!(of(pod), Some((Engine::Kubernetes, short)));
        assert_eq!(
            of("/machine.slice/machine-web.scope/payload"),
            Some((Engine::Nspawn, "web".to_owned()))
        );
        assert_eq!(
            of("/machine.slice/systemd-nspawn@web.service/payload/init.scope"),
            Some((Engine::Nspawn, "web".to_owned()))
        );
        assert_eq!(
            of("/lxc.payload.shop/system.slice"),
            Some((Engine::Lxc, "shop".to_owned()))
        );
    }

    #[test]
    fn services_and_odd_paths_are_no_containers() {
        for path in [
            "/system.slice/nginx.service",
            "/user.slice/user-0.slice/session-1.scope",
            "/",
            "",
            "/docker-x.scope",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_makes_it_panic(path in ".{0,120}") {
            let _ = of_path(&path);
        }
    }
}
