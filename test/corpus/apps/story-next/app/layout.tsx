import './globals.css';
import { Analytics } from '@/components/Analytics';

const themeScript = `document.documentElement.dataset.theme = localStorage.theme || 'light'`;

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <head>
        <script dangerouslySetInnerHTML={{ __html: themeScript }} /> {/* avoids a flash */}
      </head>
      <body>
        {children}
        <Analytics />
      </body>
    </html>
  );
}
