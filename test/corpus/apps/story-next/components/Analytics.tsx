export function Analytics() {
  if (process.env.NODE_ENV === 'development') return null;
  return <script defer src="https://stats.example.net/script.js" data-site="stories" />;
}
