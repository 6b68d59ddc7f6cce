/** The real browser for tests of the status page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { askDesk } from './servers/server-desk.ts';

const ROOT = join(import.meta.dirname, '../..');
const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
/** Kept for people to look at; not in git. */
const PICTURES = join(ROOT, 'test-results');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const WIDTHS_PX = [1280, 390] as const;
export const SCHEMES = ['light', 'dark'] as const;

/** Headless, with a profile of its own that goes when it is closed. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await askDesk<string>(inject('serverDesk'), 'chromium'), args: FLAGS });
}

/** A page whose every complaint is kept. */
export class WatchedPage {
  readonly page: Page;
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', error => this.complaints.push(String(error)));
    page.on('requestfailed', request => this.complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  }

  /** Opens a page of that width in a context of its own; close its `page.context()`. */
  static async open(browser: Browser, widthPx: number): Promise<WatchedPage> {
    const viewport = { width: widthPx, height: widthPx < 720 ? 844 : 900 };
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    return new WatchedPage(await context.newPage());
  }

  /** Violations of axe-core's rules as text: of all in the light, and in the dark of those that colours may break. */
  async violations(): Promise<string[]> {
    const found: string[] = [];
    await this.page.evaluate(AXE);
    for (const colorScheme of SCHEMES) {
      await this.page.emulateMedia({ colorScheme });
      const rules = colorScheme === 'light' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] };
      const violations = await this.page.evaluate(async options => {
        // @ts-expect-error the script above has made it
        const results = await globalThis.axe.run({ resultTypes: ['violations'], ...options });
        return results.violations as { id: string; nodes: { html: string; failureSummary: string }[] }[];
      }, rules);
      for (const { id, nodes } of violations) {
        for (const { html, failureSummary } of nodes) found.push(`${colorScheme} ${id}: ${html}\n${failureSummary}`);
      }
    }
    return found;
  }

  /** How many pixels wider than the screen the page is. */
  overflowPx(): Promise<number> {
    // The test set-up knows no DOM.
    return this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
  }

  /** Takes a picture in either scheme: `test-results/<name>-<width>-<scheme>.png`. */
  async picture(name: string): Promise<void> {
    for (const colorScheme of SCHEMES) {
      await this.page.emulateMedia({ colorScheme });
      const path = join(PICTURES, `${name}-${this.page.viewportSize()?.width}-${colorScheme}.png`);
      await this.page.screenshot({ path, fullPage: true });
    }
  }

  /** Looks at it as it is now: pictures, accessibility, width, and no complaint so far. */
  async expectSound(name: string): Promise<void> {
    await this.picture(name);
    expect(await this.violations()).toEqual([]);
    expect(await this.overflowPx()).toBeLessThanOrEqual(0);
    expect(this.complaints).toEqual([]);
  }
}
