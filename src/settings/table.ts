import { HTTP_SETTINGS } from './http-settings.ts';
import { LIMIT_SETTINGS } from './limit-settings.ts';
import { SEGMENT_SETTINGS } from './segment-settings.ts';
import { SERVICE_SETTINGS } from './service-settings.ts';
import type { Setting } from './setting.ts';
import { SNOWFLAKE_SETTINGS } from './snowflake-settings.ts';
import { STORE_SETTINGS } from './store-settings.ts';
import { TLS_SETTINGS } from './tls-settings.ts';

/** Headings of the documentation, and the settings below each. */
export const SETTING_GROUPS = {
  Service: SERVICE_SETTINGS,
  HTTP: HTTP_SETTINGS,
  TLS: TLS_SETTINGS,
  'Limits and overload': LIMIT_SETTINGS,
  Segments: SEGMENT_SETTINGS,
  Snowflakes: SNOWFLAKE_SETTINGS,
  'Waits and stores': STORE_SETTINGS,
} as const;

/**
 * The one table of settings. Environment variable (`FROND_` + upper case), flag (`--kebab-case`), the option of
 * `createFrond`, `--help` and `docs/settings.md` all come from here. Units stand last in the names.
 */
export const SETTINGS = {
  ...SERVICE_SETTINGS,
  ...HTTP_SETTINGS,
  ...TLS_SETTINGS,
  ...LIMIT_SETTINGS,
  ...SEGMENT_SETTINGS,
  ...SNOWFLAKE_SETTINGS,
  ...STORE_SETTINGS,
} as const satisfies Record<string, Setting<never> | Setting<string> | Setting<number> | Setting<number | 'auto'>>;

export type SettingName = keyof typeof SETTINGS;

/** Every setting with its value; frozen. */
export type Config = { readonly [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };
