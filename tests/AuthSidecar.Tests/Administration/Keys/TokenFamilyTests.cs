using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Tests.Administration.Keys;

public class TokenFamilyTests
{
    [Theory]
    [InlineData("ask_", TokenFamily.Ask)]
    [InlineData("ask_whatever", TokenFamily.Ask)]
    [InlineData("aso_x", TokenFamily.Aso)]
    [InlineData("ase_x", TokenFamily.Ase)]
    [InlineData("pk_x", TokenFamily.Legacy)]
    [InlineData("pk_", TokenFamily.Unknown)]
    [InlineData("ASK_x", TokenFamily.Unknown)]
    [InlineData("ask-x", TokenFamily.Unknown)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_", TokenFamily.Jwt)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0", TokenFamily.Unknown)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.", TokenFamily.Unknown)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..c2ln", TokenFamily.Unknown)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln.c2ln", TokenFamily.Unknown)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln+/=", TokenFamily.Unknown)]
    [InlineData("xyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", TokenFamily.Unknown)]
    [InlineData("sk-ant-api03-abc", TokenFamily.Litellm)]
    [InlineData("sk-", TokenFamily.Unknown)]
    [InlineData("SK-1234", TokenFamily.Unknown)]
    [InlineData("abcDEF0123-abcdefghijklmnopqrstuv", TokenFamily.Coder)]
    [InlineData("abcDEF0123-abcdefghijklmnopqrstu", TokenFamily.Unknown)]
    [InlineData("abcDEF012-abcdefghijklmnopqrstuvw", TokenFamily.Unknown)]
    [InlineData("abcDEF012_-abcdefghijklmnopqrstuv", TokenFamily.Unknown)]
    [InlineData("abcDEF0123_abcdefghijklmnopqrstuv", TokenFamily.Unknown)]
    [InlineData("abcDEF0123-abcdefghijklmnopqrst-v", TokenFamily.Unknown)]
    [InlineData("", TokenFamily.Unknown)]
    internal void Format_IdentifiesTheFamily(string token, TokenFamily family)
    {
        Assert.Equal(family, TokenFamilies.Of(token));
    }
}
