using AuthSidecar.Platform.Hashing;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class RowTextTests
{
    [Theory]
    [InlineData("/v1/responses", "/v1/responses")]
    [InlineData("/v1/responses?key=secret", "/v1/responses")]
    [InlineData("/a?b?c", "/a")]
    [InlineData("?key=secret", null)]
    [InlineData("", null)]
    [InlineData("/a\0b", "/a\uFFFDb")]
    public void Path_IsWithoutItsQuery(string target, string? expected) => Assert.Equal(expected, RowText.Path(target));

    [Fact]
    public void Path_IsWithoutTokens_AlsoWhereItIsCut()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);

        Assert.Equal("/v1/****", RowText.Path($"/v1/{token}?a=1"));
        Assert.DoesNotContain(token[..20], RowText.Path($"/{new string('a', 1000)}/{token}"), StringComparison.Ordinal);
    }

    [Fact]
    public void LongOnes_AreCut_AndNeverThroughACharacter()
    {
        Assert.Equal(new('a', 1024), RowText.Path(new('a', 5000)));
        Assert.Equal(new('a', 1023), RowText.Path(new string('a', 1023) + "\U0001F600"));
        Assert.Equal(256, RowText.Name(new('m', 300))!.Length);
        Assert.Equal(new('ä', 512), RowText.Path(new('ä', 5000)));
        Assert.Equal(new('日', 341), RowText.Path(new('日', 1000)));
    }

    [Fact]
    public void Report_IsBoundedInBytes_ExceptForItsIds()
    {
        var text = new string('日', 60_000);
        var part = new UsageReport
        {
            DecisionId = "d",
            KeyId = text,
            UserId = text,
            Model = text,
            ErrorType = text,
            Client = text,
            Policy = text,
            Reason = text,
            Path = text,
        };

        new UsageQueue(1).Record(part);

        Assert.Equal(
            (85, 85, 85, 85, 85, 341),
            (part.Model.Length, part.ErrorType.Length, part.Client.Length, part.Policy.Length, part.Reason.Length, part.Path.Length)
        );
        Assert.Equal((text, text), (part.KeyId, part.UserId));
    }
}
