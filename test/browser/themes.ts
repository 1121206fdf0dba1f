import { contributes } from '../../package.json';

/** The colours of the editor's default themes that the view uses, as the editor hands them to a webview. */
export type ThemeName = 'dark' | 'light' | 'high-contrast' | 'high-contrast-light';

const FONTS = {
  'font-family': "system-ui, Ubuntu, 'DejaVu Sans', sans-serif",
  'editor-font-family': "'DejaVu Sans Mono', monospace",
};

const COLOURS: Record<ThemeName, Record<string, string>> = {
  dark: {
    foreground: '#cccccc',
    descriptionForeground: '#9d9d9d',
    'sideBar-background': '#181818',
    'editor-background': '#1f1f1f',
    'panel-border': '#2b2b2b',
    'widget-border': '#313131',
    'widget-shadow': 'rgba(0, 0, 0, 0.36)',
    focusBorder: '#0078d4',
    'icon-foreground': '#cccccc',
    'textLink-foreground': '#4daafc',
    'button-background': '#0078d4',
    'button-foreground': '#ffffff',
    'button-hoverBackground': '#026ec1',
    'button-border': 'rgba(255, 255, 255, 0.07)',
    'button-secondaryBackground': '#313131',
    'button-secondaryForeground': '#cccccc',
    'button-secondaryHoverBackground': '#3c3c3c',
    'editorHoverWidget-background': '#202020',
    'editorHoverWidget-foreground': '#cccccc',
    'editorHoverWidget-border': '#454545',
    'editor-selectionBackground': '#264f78',
    'inputValidation-warningBackground': '#352a05',
    'inputValidation-warningBorder': '#b89500',
    'inputValidation-errorBackground': '#5a1d1d',
    'inputValidation-errorBorder': '#be1100',
    'progressBar-background': '#0078d4',
    'scrollbarSlider-background': 'rgba(121, 121, 121, 0.4)',
    'charts-green': '#89d185',
    'charts-yellow': '#cca700',
    'charts-red': '#f14c4c',
    'charts-blue': '#3794ff',
  },
  light: {
    foreground: '#3b3b3b',
    descriptionForeground: '#3b3b3b',
    'sideBar-background': '#f8f8f8',
    'editor-background': '#ffffff',
    'panel-border': '#e5e5e5',
    'widget-border': '#e5e5e5',
    'widget-shadow': 'rgba(0, 0, 0, 0.16)',
    focusBorder: '#005fb8',
    'icon-foreground': '#3b3b3b',
    'textLink-foreground': '#005fb8',
    'button-background': '#005fb8',
    'button-foreground': '#ffffff',
    'button-hoverBackground': '#0258a8',
    'button-border': 'rgba(0, 0, 0, 0.1)',
    'button-secondaryBackground': '#e5e5e5',
    'button-secondaryForeground': '#3b3b3b',
    'button-secondaryHoverBackground': '#cccccc',
    'editorHoverWidget-background': '#f8f8f8',
    'editorHoverWidget-foreground': '#3b3b3b',
    'editorHoverWidget-border': '#c8c8c8',
    'editor-selectionBackground': '#add6ff',
    'inputValidation-warningBackground': '#f6f5d2',
    'inputValidation-warningBorder': '#b89500',
    'inputValidation-errorBackground': '#f2dede',
    'inputValidation-errorBorder': '#be1100',
    'progressBar-background': '#005fb8',
    'scrollbarSlider-background': 'rgba(100, 100, 100, 0.4)',
    'charts-green': '#388a34',
    'charts-yellow': '#bf8803',
    'charts-red': '#e51400',
    'charts-blue': '#1a85ff',
  },
  'high-contrast': {
    foreground: '#ffffff',
    descriptionForeground: 'rgba(255, 255, 255, 0.7)',
    'sideBar-background': '#000000',
    'editor-background': '#000000',
    contrastBorder: '#6fc3df',
    focusBorder: '#f38518',
    'icon-foreground': '#ffffff',
    'textLink-foreground': '#21a6ff',
    'button-foreground': '#ffffff',
    'button-background': '#000000',
    'button-border': '#6fc3df',
    'button-secondaryForeground': '#ffffff',
    'editorHoverWidget-background': '#0c141f',
    'editorHoverWidget-foreground': '#ffffff',
    'editorHoverWidget-border': '#6fc3df',
    'editor-selectionBackground': '#ffffff',
    'editor-selectionForeground': '#000000',
    'inputValidation-warningBackground': '#000000',
    'inputValidation-warningBorder': '#6fc3df',
    'inputValidation-errorBackground': '#000000',
    'inputValidation-errorBorder': '#6fc3df',
    'progressBar-background': '#6fc3df',
    'scrollbarSlider-background': 'rgba(111, 195, 223, 0.6)',
    'charts-green': '#89d185',
    'charts-yellow': '#ffd370',
    'charts-red': '#f48771',
    'charts-blue': '#59a4f9',
  },
  'high-contrast-light': {
    foreground: '#292929',
    descriptionForeground: '#292929',
    'sideBar-background': '#ffffff',
    'editor-background': '#ffffff',
    contrastBorder: '#0f4a85',
    focusBorder: '#006bbd',
    'icon-foreground': '#292929',
    'textLink-foreground': '#0f4a85',
    'button-foreground': '#ffffff',
    'button-background': '#0f4a85',
    'button-border': '#0f4a85',
    'button-secondaryBackground': '#ffffff',
    'button-secondaryForeground': '#292929',
    'editorHoverWidget-background': '#ffffff',
    'editorHoverWidget-foreground': '#292929',
    'editorHoverWidget-border': '#0f4a85',
    'editor-selectionBackground': '#0f4a85',
    'editor-selectionForeground': '#ffffff',
    'inputValidation-warningBackground': '#ffffff',
    'inputValidation-warningBorder': '#0f4a85',
    'inputValidation-errorBackground': '#ffffff',
    'inputValidation-errorBorder': '#0f4a85',
    'progressBar-background': '#0f4a85',
    'scrollbarSlider-background': 'rgba(15, 74, 133, 0.4)',
    'charts-green': '#374e06',
    'charts-yellow': '#895503',
    'charts-red': '#b5200d',
    'charts-blue': '#1a85ff',
  },
};

export const THEMES = Object.keys(COLOURS) as ThemeName[];

/** How the manifest names the themes. */
const MANIFEST_NAMES = {
  dark: 'dark',
  light: 'light',
  'high-contrast': 'highContrast',
  'high-contrast-light': 'highContrastLight',
} as const;

/** The colours that the extension itself brings along. */
function ownColours(name: ThemeName): [string, string][] {
  return contributes.colors.map(({ id, defaults }) => [id.replace('.', '-'), defaults[MANIFEST_NAMES[name]]]);
}

/** A theme as the variables that the editor sets on a webview's root element. */
export function themeSheet(name: ThemeName): string {
  const variables = [...Object.entries({ ...FONTS, ...COLOURS[name] }), ...ownColours(name)];
  return `:root {\n${variables.map(([key, value]) => `  --vscode-${key}: ${value};`).join('\n')}\n}\n`;
}
