using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Tests.Access.Requests;

public sealed class QueryTests
{
    [Theory]
    [InlineData("/a?key=1", "/a")]
    [InlineData("/a?b=2&key=1", "/a?b=2")]
    [InlineData("/a?key=1&b=2", "/a?b=2")]
    [InlineData("/a?z=1&key=1&a=%20x&b&=&c=", "/a?z=1&a=%20x&b&=&c=")]
    [InlineData("/a?key=1&key=2&b=3", "/a?b=3")]
    [InlineData("/a?k%65y=1&b=3", "/a?b=3")]
    [InlineData("/a?&key=1&b", "/a?&b")]
    [InlineData("/a?key", "/a")]
    public void SelectedParameter_IsCutAndTheRestStays(string target, string expected) => Assert.Equal(expected, Cut(target));

    [Theory]
    [InlineData("/a")]
    [InlineData("/a?")]
    [InlineData("/a?monkey=1&Key=2&ke=y&key2=3")]
    [InlineData("/a?b=key=1")]
    [InlineData("/a?k%zzey=1")]
    public void NothingSelected_ReturnsTheSameInstance(string target) => Assert.Same(target, Cut(target));

    private static string Cut(string target) => Query.Cut(target, parameter => parameter.Is("key"));
}
