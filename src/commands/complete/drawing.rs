//! Completed pictures as SVG text.

use spinwright_reference::learn::Rows;
use std::fmt::Write;

/// Pictures that are drawn.
const MOST: usize = 16;
/// Size of a pixel.
const PIXEL: usize = 6;
/// Space between pictures.
const GAP: usize = 10;

/// Three lines of pictures: original, what was seen, completed. Hidden pixels are grey where they are not known; completed ones
/// are blue where they are right and red where they are wrong.
pub fn svg(
    pictures: &Rows,
    completed: &[Vec<bool>],
    mask: impl Fn(usize) -> Vec<bool>,
    [rows, columns]: [usize; 2],
) -> String {
    let count = completed.len().min(MOST);
    let (width, height) = (columns * PIXEL + GAP, rows * PIXEL + GAP);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        count * width + GAP,
        3 * height + GAP
    );
    for (k, completed) in completed.iter().take(count).enumerate() {
        let (own, mask) = (pictures.row(k), mask(k));
        for line in 0..3 {
            let (left, top) = (GAP + k * width, GAP + line * height);
            let frame = (columns * PIXEL, rows * PIXEL);
            writeln!(
                text,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"#f4f4f4\"/>",
                frame.0, frame.1
            )
            .expect("text grows");
            for pixel in 0..rows * columns {
                let fill = match (line, mask[pixel]) {
                    (1, true) => Some("#ccc"),
                    (2, true) if completed[pixel] && own[pixel] => Some("#1f5fa8"),
                    (2, true) if completed[pixel] => Some("#c44e1a"),
                    (2, true) if own[pixel] => Some("#f0c8b4"),
                    (2, true) => None,
                    _ => own[pixel].then_some("#222"),
                };
                if let Some(fill) = fill {
                    let (x, y) = (left + pixel % columns * PIXEL, top + pixel / columns * PIXEL);
                    writeln!(
                        text,
                        "<rect x=\"{x}\" y=\"{y}\" width=\"{PIXEL}\" height=\"{PIXEL}\" fill=\"{fill}\"/>"
                    )
                    .expect("text grows");
                }
            }
        }
    }
    text + "</svg>\n"
}
