//! Steps that many fixes share.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::visit::site::Seen;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_fixes::{Fix, shell};

impl Case<'_> {
    /// The check that a fix worked: the same request again.
    #[must_use]
    pub fn verified(&self, fix: Fix) -> Fix {
        let (command, shows) = self.verification();
        fix.verify(command, shows)
    }

    /// The command that asks again as the visitor does, and what it must show.
    pub fn verification(&self) -> (String, &'static str) {
        if let Some(inner) = &self.request.inner {
            return inner.verify.clone();
        }
        let insecure = if self.request.tls { "k" } else { "" };
        let resolve = self.front_door().found().map(|door| {
            format!(
                " --resolve {}",
                shell::word(&format!(
                    "{}:{}:{}",
                    self.request.host,
                    door.port(),
                    door.ip()
                ))
            )
        });
        let (resolve, url) = (
            resolve.unwrap_or_default(),
            shell::quoted(&self.request.url),
        );
        if matches!(self.seen(), Some(Seen::Cut(_))) {
            let command = format!("curl -s{insecure} -o /dev/null{resolve} {url} && echo whole");
            return (command, "whole");
        }
        let command =
            format!("curl -s{insecure} -o /dev/null -w '%{{http_code}}\\n'{resolve} {url}");
        if self.seen() == Some(Seen::Status(400)) {
            return (command, "another status than 400");
        }
        if self.seen() == Some(Seen::Status(403)) {
            return (command, "another status than 403");
        }
        (command, "a status below 500")
    }

    /// Starts a service that is configured and not running.
    pub fn start_fix(&self, unit: &str, enabled: bool) -> Fix {
        let fix = Fix::new(format!("systemctl start {unit}")).safe();
        let fix = fix.run(format!("systemctl start {unit}"), "starts the backend");
        let fix = if enabled {
            fix
        } else {
            fix.run(
                format!("systemctl enable {unit}"),
                "starts it at every boot as well",
            )
        };
        self.verified(fix)
    }

    /// Changes a line of the proxy's configuration, tests it and reloads.
    pub fn nginx_edit(&self, title: &str, place: &Place, change: (&str, &str), why: &str) -> Fix {
        let fix = Fix::new(title).edit((&place.file, place.span.line), change, why);
        self.reloaded(fix)
    }

    /// Replaces a part of a directive's line, as it stands in the file.
    pub fn nginx_replace(
        &self,
        title: &str,
        place: &Place,
        part: (&str, &str),
        why: &str,
    ) -> Option<Fix> {
        let before = self.line_text(place)?;
        let after = before
            .contains(part.0)
            .then(|| before.replacen(part.0, part.1, 1))?;
        Some(self.nginx_edit(title, place, (&before, &after), why))
    }

    /// Tests the proxy's configuration, lets it take it up, and asks again.
    #[must_use]
    pub fn reloaded(&self, fix: Fix) -> Fix {
        self.verified(self.taken_up(fix))
    }

    /// Has the proxy check changed files, and take them up.
    #[must_use]
    pub fn taken_up(&self, fix: Fix) -> Fix {
        let fix = self.tested(fix);
        match self.proxy_kind() {
            Kind::Traefik => fix.advise("Traefik takes changed routes up by itself; its static file it reads only when it starts: systemctl restart traefik"),
            Kind::Envoy | Kind::SocketProxy => {
                fix.run(self.reload_command(), "starts it anew with its file")
            }
            _ => fix.run(
                self.reload_command(),
                "takes it up without dropping a request",
            ),
        }
    }
}
