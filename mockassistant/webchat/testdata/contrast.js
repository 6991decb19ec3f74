// The value of this script lists the visible texts of the chat window whose
// contrast with what is behind them is less than 4.5 to 1 (WCAG 2.1, 1.4.3), and
// says so when it found no text at all.
(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((v) =>
      v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const found = [];
  let checked = 0;
  for (const node of document.querySelectorAll('.WACContainer *:not(style)')) {
    const placeholder = node.matches('textarea');
    const texts =
      [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) || node.matches('svg');
    if (!node.checkVisibility() || (!texts && !placeholder)) continue;
    checked++;
    const colour = getComputedStyle(node, placeholder ? '::placeholder' : undefined).color;
    const ratio = contrast(luminance(colour), luminance(behind(node)));
    if (ratio < 4.5) found.push(node.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
  }
  return checked ? found : ['no text was found'];
})();
