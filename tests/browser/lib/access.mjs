// What can be measured of accessibility: axe-core, widths, targets, focus.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Findings of axe-core on the page as it stands: `{passes, findings: [{id, impact, nodes}]}`. */
export async function inspect(page) {
  await page.evaluate(AXE);
  return page.evaluate(async rules => {
    const { passes, violations } = await globalThis.axe.run(document, { runOnly: rules });
    const findings = violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(node => `${node.target}: ${node.failureSummary}`) }));
    return { passes: passes.length, findings };
  }, RULES);
}

/** How far the page is wider than the window, in CSS pixels: 0 when nobody has to scroll sideways. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Controls that are smaller than a finger: height or width under 44 CSS pixels. Radio buttons and boxes count with their labels. */
export function smallTargets(page) {
  return page.evaluate(() => {
    const controls = [...document.querySelectorAll('button, select, input, a.button, #shop')];
    const visible = controls.filter(control => control.checkVisibility());
    const boxes = visible.map(control => ({ name: control.id, box: (control.labels?.[0] && control.matches('[type]') ? control.labels[0] : control).getBoundingClientRect() }));
    return boxes.filter(({ box }) => box.height < 44 || box.width < 44).map(({ name, box }) => `${name} ${box.width}x${box.height}`);
  });
}

/** Which element has the focus, and whether one can see it. */
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return { id: element.id, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
  });
}
