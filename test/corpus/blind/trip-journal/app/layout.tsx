import type { ReactNode } from 'react';

const THEME = "document.documentElement.dataset.theme = localStorage.theme || 'light'";

export const metadata = { title: 'Trips' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head><script dangerouslySetInnerHTML={{ __html: THEME }} /></head> {/* constant */}
      <body>{children}</body>
    </html>
  );
}
