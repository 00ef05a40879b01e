declare namespace NodeJS {
  interface ProcessEnv {
    EDITOR_TOKEN?: string;
    NEWS_DB?: string;
  }
}
