using System.Buffers.Binary;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>The picture in docs/getting-started.md. <c>UPDATE_GENERATED=1</c> takes it again.</summary>
[Collection(OwnPagesSite.Collection)]
public sealed class PictureTests(OwnPagesSite site)
{
    private const int Width = 1200;
    private const int Height = 860;
    private const int MostBytes = 200_000;
    private const int WidthAt = 16;

    [RequiresFact("chromium")]
    public async Task TheDocuments_ShowTheConsole()
    {
        var file = Repository.File("docs", "images", "console.png");
        if (Environment.GetEnvironmentVariable("UPDATE_GENERATED") == "1")
        {
            var page = await site.SignInAsync(
                "alice",
                new()
                {
                    ViewportSize = new() { Width = Width, Height = Height },
                }
            );
            await using var context = page.Context;
            await page.ScreenshotAsync(new() { Path = file });
        }

        var png = await File.ReadAllBytesAsync(file);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        Assert.Equal(
            (Width, Height),
            (
                BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(WidthAt)),
                BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(WidthAt + sizeof(int)))
            )
        );
        Assert.InRange(png.Length, 1, MostBytes);
        Assert.Contains(
            "](images/console.png)",
            await File.ReadAllTextAsync(Repository.File("docs", "getting-started.md")),
            StringComparison.Ordinal
        );
    }
}
