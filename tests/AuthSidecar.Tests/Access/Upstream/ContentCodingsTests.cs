using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Access.Upstream;

public sealed class ContentCodingsTests
{
    [Theory]
    [InlineData("zstd", "identity")]
    [InlineData("gzip, deflate, br, zstd", "gzip, deflate, br")]
    [InlineData("gzip, deflate, zstd", "gzip, deflate")]
    [InlineData("zstd;q=1, br;q=0.1", "br")]
    [InlineData("zstd, gzip;q=0.000", "identity")]
    [InlineData("*;q=0.5", "identity")]
    [InlineData("compress", "identity")]
    [InlineData("aws-chunked-and-longer-than-any", "identity")]
    [InlineData("zstd, identity;q=0", "identity")]
    public void UnsupportedCodings_AreNotRequested(string accepted, string expected)
    {
        Assert.Equal(expected, ContentCodings.Restrict(accepted));
        Assert.Same(ContentCodings.Restrict(accepted), ContentCodings.Restrict(accepted + " "));
        Assert.All(expected.Split(", "), coding => Assert.True(ContentDecoder.TryCreate(coding, DecoderPool.Responses, 0, out _), coding));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("gzip, deflate, br")]
    [InlineData("BR;q=0.9,X-Gzip")]
    [InlineData("identity")]
    [InlineData("zstd;q=0, gzip")]
    public void WhatIsRead_StaysAsItIs(string? accepted) => Assert.Null(ContentCodings.Restrict(accepted));
}
