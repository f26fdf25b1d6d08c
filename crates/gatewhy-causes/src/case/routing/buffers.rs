//! Buffer sizes that nginx accepts together.
//!
//! nginx refuses to start unless the busy buffers hold the larger of the header
//! buffer and one of the others, and fit into all others but one
//! (`ngx_http_proxy_merge_loc_conf`). Unset, they are twice the larger.
use crate::case::remedies::insert::Wanted;
use gatewhy_facts::nginx::backend_settings::{BackendSettings, Family};
use gatewhy_facts::prelude::*;

/// Directives that make room for an answer head of `measured` bytes, a quarter to
/// spare, and whatever nginx then asks for. `page` is its default for a buffer.
pub fn roomy(settings: &BackendSettings, measured: u64, page: u64) -> Vec<Wanted> {
    let header = header_size(measured, page);
    let name = |rest: &str| format!("{}_{rest}", settings.family.prefix());
    let buffer = Some(&settings.buffer_size);
    let mut wanted = vec![Wanted::instead_of(
        buffer,
        name("buffer_size"),
        written(header),
    )];
    // These two hold nothing but a header.
    if matches!(settings.family, Family::Grpc | Family::Memcached) {
        return wanted;
    }
    let now = buffers(settings, page);
    let new = fitting(now, busy(settings, header, now.1));
    if new != now {
        let value = format!("{} {}", new.0, written(new.1));
        wanted.push(Wanted::instead_of(
            Some(&settings.buffers),
            name("buffers"),
            value,
        ));
    }
    wanted.extend(too_small(settings, header.max(new.1)));
    wanted
}

/// How many buffers of what size.
const fn buffers(settings: &BackendSettings, page: u64) -> (u64, u64) {
    if settings.buffers.is_written() {
        settings.buffers.value
    } else {
        (8, page)
    }
}

/// Sizes that somebody wrote and that must not be smaller than any one buffer.
fn too_small(settings: &BackendSettings, larger: u64) -> Vec<Wanted> {
    let temp = settings
        .max_temp_file_size
        .is_written()
        .then_some(&settings.max_temp_file_size);
    let all = [
        ("busy_buffers_size", settings.busy_buffers_size.as_ref()),
        (
            "temp_file_write_size",
            settings.temp_file_write_size.as_ref(),
        ),
        ("max_temp_file_size", temp.filter(|size| size.value != 0)),
    ];
    let small = all.into_iter().filter_map(|(rest, setting)| {
        let old = setting.filter(|old| old.value < larger)?;
        let name = format!("{}_{rest}", settings.family.prefix());
        Some(Wanted::instead_of(Some(old), name, written(larger)))
    });
    small.collect()
}

/// The next power of two with a quarter to spare, a page at least.
pub fn header_size(measured: u64, page: u64) -> u64 {
    let spare = measured.saturating_add(measured / 4);
    spare.max(page).checked_next_power_of_two().unwrap_or(spare)
}

/// What the busy buffers will be with a header buffer of that size.
fn busy(settings: &BackendSettings, header: u64, size: u64) -> u64 {
    let larger = header.max(size);
    match &settings.busy_buffers_size {
        Some(written) => written.value.max(larger),
        None => larger.saturating_mul(2),
    }
}

/// Buffers of which all but one hold the busy ones: the present ones when they do.
/// Four at least, so that larger buffers do not ask for more room than they give.
fn fitting((count, size): (u64, u64), busy: u64) -> (u64, u64) {
    if busy <= count.saturating_sub(1).saturating_mul(size) {
        return (count, size);
    }
    let count = count.max(4);
    let least = busy.div_ceil(count.saturating_sub(1).max(1)).max(size);
    (count, least.checked_next_power_of_two().unwrap_or(least))
}

/// A size as nginx's configuration has it.
pub fn written(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{}m", bytes / MIB)
    } else if bytes >= KIB && bytes.is_multiple_of(KIB) {
        format!("{}k", bytes / KIB)
    } else {
        bytes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::nginx::scope::Scope;
    use gatewhy_facts::nginx::setting::Setting;

    const PAGE: u64 = 4096;

    fn defaults() -> BackendSettings {
        BackendSettings::new(Family::Proxy, &Scope::new(&[]))
    }

    /// nginx's own checks (`ngx_http_proxy_merge_loc_conf`) of what would hold.
    fn accepts(settings: &BackendSettings, wanted: &[Wanted]) -> bool {
        let value = |name: &str| {
            wanted
                .iter()
                .find(|w| w.name == name)
                .map(|w| w.value.clone())
        };
        let size = |text: String| gatewhy_facts::nginx::units::size(text.as_bytes()).unwrap();
        let header = value("proxy_buffer_size").map(size).unwrap();
        let (count, each) = value("proxy_buffers").map_or(buffers(settings, PAGE), |text| {
            let (count, each) = text.split_once(' ').unwrap();
            (count.parse().unwrap(), size(each.to_owned()))
        });
        let larger = header.max(each);
        let or = |name: &str, old: Option<u64>| value(name).map(size).or(old);
        let busy = settings.busy_buffers_size.as_ref().map(|s| s.value);
        let busy = or("proxy_busy_buffers_size", busy).unwrap_or(larger * 2);
        let temp = settings.temp_file_write_size.as_ref().map(|s| s.value);
        let temp = or("proxy_temp_file_write_size", temp).unwrap_or(larger * 2);
        count >= 2 && busy >= larger && busy <= (count - 1) * each && temp >= larger
    }

    #[test]
    fn a_header_of_nine_kilobytes_fits_with_a_quarter_to_spare() {
        let wanted = roomy(&defaults(), 9_000, PAGE);
        let lines: Vec<String> = wanted.iter().map(Wanted::line).collect();
        assert_eq!(lines, ["proxy_buffer_size 16k;", "proxy_buffers 8 8k;"]);
        let wanted = roomy(&defaults(), 5_000, PAGE);
        assert_eq!(wanted[0].line(), "proxy_buffer_size 8k;");
        assert_eq!(wanted.len(), 1);
    }

    fn with(buffers: (u64, u64), busy: Option<u64>, temp: Option<u64>) -> BackendSettings {
        let mut settings = defaults();
        let place = gatewhy_facts::source_text::Place::default();
        settings.buffers = Setting::at(buffers, &place);
        settings.busy_buffers_size = busy.map(|size| Setting::at(size, &place));
        settings.temp_file_write_size = temp.map(|size| Setting::at(size, &place));
        settings
    }

    #[test]
    fn nginx_accepts_every_proposal() {
        const SIZES: [u64; 9] = [1, 1000, 4095, 4096, 5000, 8192, 33_000, 65_536, 300_000];
        let optional: Vec<Option<u64>> = core::iter::once(None).chain(SIZES.map(Some)).collect();
        for (count, each) in [2, 3, 4, 8, 16, 100]
            .iter()
            .flat_map(|c| SIZES.map(|s| (*c, s)))
        {
            for (busy, temp) in optional
                .iter()
                .flat_map(|b| optional.iter().map(move |t| (*b, *t)))
            {
                let settings = with((count, each), busy, temp);
                for measured in SIZES {
                    let wanted = roomy(&settings, measured, PAGE);
                    assert!(
                        accepts(&settings, &wanted),
                        "{settings:?} {measured} {wanted:?}"
                    );
                }
            }
        }
    }
}
