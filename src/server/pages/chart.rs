//! A small picture of numbers, without scripts or styles of its own.

use maud::{Markup, html};

const BAR_WIDTH: usize = 10;
const HEIGHT: usize = 40;

/// Bars for numbers of a day each, the last one today's, under a line that says what they count.
pub(super) fn bars(name: &str, numbers: &[usize]) -> Markup {
    let top = numbers.iter().copied().max().unwrap_or_default().max(1);
    let width = numbers.len() * BAR_WIDTH;
    let told: Vec<String> = numbers.iter().map(usize::to_string).collect();
    html! {
        figure.counts {
            svg.chart viewBox=(format!("0 0 {width} {HEIGHT}")) preserveAspectRatio="none" role="img"
                aria-label=(format!("{name}: {}", told.join(", "))) {
                line x1="0" x2=(width) y1=(HEIGHT) y2=(HEIGHT) {}
                @for (n, number) in numbers.iter().enumerate() {
                    @let height = (number * HEIGHT).div_ceil(top);
                    rect x=(n * BAR_WIDTH + 1) y=(HEIGHT - height) width=(BAR_WIDTH - 2) height=(height) {
                        title { (number) }
                    }
                }
            }
            figcaption {
                (name) ", " (numbers.len()) " ngày qua: " (numbers.iter().sum::<usize>()) " bài, hôm nay "
                (numbers.last().copied().unwrap_or_default())
            }
        }
    }
}
