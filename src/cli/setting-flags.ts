import { type Command, Option } from 'commander';
import { type Config, type ConfigValues, type Environment, envNameOf, flagNameOf, loadConfig } from '../config.ts';
import { SETTING_GROUPS, SETTINGS, type SettingName } from '../settings/table.ts';

/** What places an ID's bits. */
export const LAYOUT: readonly SettingName[] = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'];

/** How far an instance may have been ahead of the clock: to be as it had them. */
export const AHEAD: readonly SettingName[] = ['lookaheadMs', 'skewLimitMs'];

/** Adds a flag for each of the settings, under its group; the environment variable is named beside it. */
export function withSettings(command: Command, names = Object.keys(SETTINGS) as readonly SettingName[]): Command {
  for (const [heading, group] of Object.entries(SETTING_GROUPS)) {
    for (const name of names.filter(each => each in group)) {
      const setting = SETTINGS[name];
      const value = setting.secret || setting.default === '' ? 'none' : setting.default;
      const text = `${setting.doc} [${envNameOf(name)}; ${setting.expected}; default: ${value}]`;
      command.addOption(new Option(`${flagNameOf(name)} <value>`, text).helpGroup(`Settings, ${heading}:`));
    }
  }
  return command;
}

/** The values among a command's options that are settings. */
export function flagsOf(options: object): ConfigValues {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in SETTINGS)) as ConfigValues;
}

/**
 * The configuration of a command out of the flags of `withSettings`, the environment and the defaults. What tells it
 * which server to ask is no setting: `frond serve` refuses it.
 */
export function configOf(env: Environment, options: object): Config {
  const { FROND_URL: _url, FROND_TOKEN: _token, ...settings } = env;
  return loadConfig(settings, flagsOf(options));
}
