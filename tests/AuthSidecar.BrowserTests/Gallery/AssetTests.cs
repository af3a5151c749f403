using System.Net;
using AuthSidecar.Administration.Pages;

namespace AuthSidecar.BrowserTests.Gallery;

public sealed class AssetTests(GalleryServer server) : IClassFixture<GalleryServer>, IDisposable
{
    private readonly HttpClient _http = new();

    [Theory]
    [InlineData("console.css", "text/css")]
    [InlineData("console.js", "text/javascript")]
    public async Task Asset_IsImmutable_AndNotSniffed(string name, string type)
    {
        using var response = await _http.GetAsync(new Uri(server.Address, ConsoleAssets.Url(name)));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("utf-8", response.Content.Headers.ContentType?.CharSet);
        Assert.Equal("public, max-age=31536000, immutable", response.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/ui/assets/0000000000000000/console.css")]
    [InlineData("/ui/assets/console.css")]
    [InlineData("/ui/assets/0000000000000000/charts.min.css")]
    [InlineData("/ui/assets/0000000000000000/..%2fconsole.css")]
    public async Task AnotherAddress_IsNotFound(string path)
    {
        using var response = await _http.GetAsync(new Uri(server.Address, path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(response.Headers.Contains("Cache-Control"));
    }

    [Fact]
    public async Task Stylesheet_HoldsTheLicenceOfChartsCss() =>
        Assert.Contains(
            "Copyright (c) 2020 Rami Yushuvaev",
            await _http.GetStringAsync(new Uri(server.Address, ConsoleAssets.Url("console.css")))
        );

    public void Dispose() => _http.Dispose();
}
