/* Looked at inside a page by looking.py: each function answers with what is wrong. */
const looking = {
  faint: () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const seen = new Map();
    function colour(text) {
      if (!seen.has(text)) {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = text;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        seen.set(text, [r, g, b, a / 255]);
      }
      return seen.get(text);
    }
    function over(top, below) { return [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1); }
    function behind(element) {
      const layers = [];
      for (let one = element; one; one = one.parentElement) {
        const style = getComputedStyle(one);
        if (style.backgroundImage !== "none" && !style.backgroundImage.includes(".svg")) { return null; }
        const paint = colour(style.backgroundColor);
        layers.push(paint);
        if (paint[3] === 1) { break; }
      }
      return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
    }
    function light(c) {
      const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }
    const bad = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) { continue; }
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      if (box.width < 2 || box.height < 2 || element.closest("[disabled], [aria-disabled=true], option, script, style")) { continue; }
      const ground = behind(element);
      if (!ground) { continue; }
      const ink = over(colour(style.color), ground);
      const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
      if (ratio < (large ? 3 : 4.5) - 0.005) {
        bad.add(`${ratio.toFixed(2)} ${element.tagName.toLowerCase()}.${element.className}: ${node.data.trim().slice(0, 30)}`);
      }
    }
    return [...bad];
  },

  small: least => {
    const bad = new Set();
    const wanted = "button, .btn, .icon-button, input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), select, textarea, " +
      "summary, .nav-item, .tabs a, .bottombar a, .chip-remove, .dropdown-item";
    for (const element of document.querySelectorAll(wanted)) {
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(".ts-wrapper, .offcanvas, .skip-link")) { continue; }
      const box = element.getBoundingClientRect();
      if (box.width < 4 || box.height < 4) { continue; }
      if (box.height < least - 0.5 || box.width < least - 0.5) {
        bad.add(`${Math.round(box.width)}x${Math.round(box.height)} ${element.tagName.toLowerCase()}.${element.className} ${(element.textContent || element.name || "").trim().slice(0, 20)}`);
      }
    }
    return [...bad];
  },

  focus: () => {
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    const bad = new Set();
    for (const element of document.querySelectorAll(wanted)) {
      if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) { continue; }
      const near = [element, element.nextElementSibling];
      for (let one = element.parentElement, i = 0; one && i < 4; one = one.parentElement, i += 1) { near.push(one); }
      near.filter(Boolean).forEach(one => { one.style.transition = "none"; });
      const look = () => near.filter(Boolean).map(one => {
        const s = getComputedStyle(one);
        const drawn = [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor];
        return [...drawn, s.clipPath, s.translate].join();
      }).join("|");
      element.focus({ focusVisible: true });
      if (document.activeElement !== element) { continue; }
      const shown = look();
      element.blur();
      if (shown === look()) {
        const text = (element.textContent || element.name || "").trim().slice(0, 30);
        bad.add(`${element.tagName.toLowerCase()}.${element.className} ${text}`);
      }
    }
    return [...bad];
  },
};
