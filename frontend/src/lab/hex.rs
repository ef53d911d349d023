//! Bytes as rows of sixteen, with a range marked.

use yew::prelude::*;

/// How many bytes are drawn; the rest is not in the page.
pub(super) const SHOWN: usize = 64 * 1024;

const WIDTH: usize = 16;

/// One row: address, hexadecimal and characters in three parts: before, in and after the marked range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HexRow {
    pub(super) address: String,
    pub(super) hex: [String; 3],
    pub(super) characters: [String; 3],
}

/// The rows of some bytes. `marked` is offset and length.
pub(super) fn rows(bytes: &[u8], marked: Option<(u64, u64)>) -> Vec<HexRow> {
    let (from, to) = marked.map_or((0, 0), |(offset, length)| (offset, offset.saturating_add(length)));
    bytes
        .chunks(WIDTH)
        .enumerate()
        .map(|(number, row)| {
            let start = (number * WIDTH) as u64;
            let mut drawn =
                HexRow { address: format!("{start:08x}"), hex: Default::default(), characters: Default::default() };
            for (address, &byte) in (start..).zip(row) {
                let part = if address < from {
                    0
                } else if address < to {
                    1
                } else {
                    2
                };
                let part = if from == to { 0 } else { part };
                drawn.hex[part] += &format!("{byte:02x} ");
                drawn.characters[part].push(if byte.is_ascii_graphic() || byte == b' ' {
                    char::from(byte)
                } else {
                    '·'
                });
            }
            drawn
        })
        .collect()
}

/// Properties of [`HexView`].
#[derive(Debug, Properties, PartialEq)]
pub(super) struct HexProps {
    pub(super) bytes: std::rc::Rc<Vec<u8>>,
    pub(super) marked: Option<(u64, u64)>,
}

/// The bytes as a table that can be scrolled by keyboard.
#[component]
pub(super) fn HexView(props: &HexProps) -> Html {
    let marked_row = use_node_ref();
    let first = props.marked.map(|(offset, _)| offset as usize / WIDTH);
    {
        let marked_row = marked_row.clone();
        use_effect_with(props.marked, move |_| {
            if let Some(element) = marked_row.cast::<web_sys::Element>() {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                element.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }
    let rows = rows(&props.bytes, props.marked).into_iter().enumerate().map(|(index, row)| {
        let parts = |[before, within, after]: [String; 3]| html! { <>{ before }<mark>{ within }</mark>{ after }</> };
        html! {
            <tr key={index} ref={if first == Some(index) { marked_row.clone() } else { NodeRef::default() }}>
                <th scope="row">{ row.address }</th>
                <td>{ parts(row.hex) }</td>
                <td>{ parts(row.characters) }</td>
            </tr>
        }
    });
    html! { <div class="lab-hex" tabindex="0" role="region" aria-label="Hex"><table><tbody>{ for rows }</tbody></table></div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_marked_across_rows() {
        let bytes: Vec<u8> = (0x41..0x41 + 20).collect();
        let rows = rows(&bytes, Some((14, 4)));
        assert_eq!(rows[0].address, "00000000");
        assert_eq!(rows[0].hex[1], "4f 50 ");
        assert_eq!(rows[1].characters, ["", "QR", "ST"]);
        assert_eq!(rows[1].address, "00000010");
    }

    #[test]
    fn nothing_marked_draws_plain_rows() {
        let rows = rows(b"a\n\xff", None);
        assert_eq!(rows[0].characters, ["a··", "", ""]);
        assert_eq!(rows[0].hex[0], "61 0a ff ");
    }
}
