//! Steps that many fixes share.
use super::Case;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_fixes::Fix;

impl Case<'_> {
    /// The check that a fix worked: the same request again.
    #[must_use]
    pub fn verified(&self, fix: Fix) -> Fix {
        let insecure = if self.request.tls { "k" } else { "" };
        let resolve = self.front_door().found().map(|door| {
            format!(
                " --resolve {}:{}:{}",
                self.request.host,
                door.port(),
                door.ip()
            )
        });
        let (resolve, url) = (resolve.unwrap_or_default(), &self.request.url);
        if matches!(self.seen(), Some(super::site::Seen::Cut(_))) {
            let command = format!("curl -s{insecure} -o /dev/null{resolve} '{url}' && echo whole");
            return fix.verify(command, "whole");
        }
        let command =
            format!("curl -s{insecure} -o /dev/null -w '%{{http_code}}\\n'{resolve} '{url}'");
        fix.verify(command, "a status below 500")
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

    /// Changes a line of nginx's configuration, tests it and reloads.
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

    /// How nginx is told to take up its configuration: by its unit, or, where it is no
    /// service, by its own program.
    pub fn reload_command(&self) -> String {
        match self.proxy_unit() {
            Fact::Found(unit, _) => {
                let name = unit.id.strip_suffix(".service").unwrap_or(&unit.id);
                format!("systemctl reload {name}")
            }
            Fact::Absent(_) => {
                let proxy = self.proxy();
                let exe = proxy.found().map(|proxy| proxy.exe.to_string());
                format!("{} -s reload", exe.as_deref().unwrap_or("nginx"))
            }
            Fact::Unknown(_) => "systemctl reload nginx".to_owned(),
        }
    }

    /// Tests nginx's configuration, reloads it, and asks again.
    #[must_use]
    pub fn reloaded(&self, fix: Fix) -> Fix {
        let fix = fix.run(
            "nginx -t",
            "tests the configuration; go on only if it succeeds",
        );
        let fix = fix.run(
            self.reload_command(),
            "takes it up without dropping a request",
        );
        self.verified(fix)
    }
}
