using System.Diagnostics;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Tests.Access.Authorization;

public class GlobTests
{
    [Theory]
    [InlineData("*", "gpt-5", true)]
    [InlineData("gpt-5", "gpt-5", true)]
    [InlineData("gpt-5", "gpt-5-mini", false)]
    [InlineData("gpt-5", "a-gpt-5", false)]
    [InlineData("gpt-*", "gpt-", true)]
    [InlineData("*mini", "gpt-5-mini", true)]
    [InlineData("*mini", "gpt-5-Mini", false)]
    [InlineData("GPT-*", "gpt-5", false)]
    [InlineData("*-5-*", "gpt-5-mini", true)]
    [InlineData("g**5", "gpt-5", true)]
    [InlineData("***", "gpt-5", true)]
    [InlineData("*.*", "gpt-5", false)]
    [InlineData("gpt-?", "gpt-5", true)]
    [InlineData("gpt-?", "gpt-", false)]
    [InlineData("gpt-?", "gpt-55", false)]
    [InlineData("?*", "g", true)]
    [InlineData("gpt", "", false)]
    [InlineData("", "gpt", false)]
    [InlineData("", "", false)]
    [InlineData("*", "", false)]
    [InlineData("<gpt>", "gpt", false)]
    [InlineData("\"gpt", ".gpt", false)]
    public void Pattern_MatchesTheWholeName(string pattern, string name, bool isMatch) =>
        Assert.Equal(isMatch, Glob.IsMatch(pattern, name));

    [Theory]
    [InlineData(@"a\b", @"a\b", true)]
    [InlineData(@"a\b", "ab", false)]
    [InlineData(@"a\*", @"a\b", true)]
    [InlineData(@"a\*", "a*", false)]
    [InlineData(@"a\?", "a?", false)]
    [InlineData(@"*\b", @"a\b", true)]
    [InlineData(@"*\b", "ab", false)]
    [InlineData(@"*\", @"a\", true)]
    [InlineData(@"\", @"\", true)]
    [InlineData(@"\\", @"\", false)]
    public void Backslash_IsACharacterLikeAnyOther(string pattern, string name, bool isMatch) =>
        Assert.Equal(isMatch, Glob.IsMatch(pattern, name));

    [Theory]
    [InlineData("ab*?")]
    [InlineData("ab*?\\")]
    [InlineData("aA*<>\".")]
    public void AnyPattern_MatchesItsDefinition(string alphabet)
    {
        var random = new Random(20261129);
        for (var count = 0; count < 50_000; count++)
        {
            var (pattern, name) = (Text(random, alphabet), Text(random, alphabet));

            Assert.True(Glob.IsMatch(pattern, name) == Defined(pattern, name), $"{pattern} {name}");
        }
    }

    [Fact]
    public void ManyStarsAndALongName_TakeNoTime()
    {
        var pattern = string.Concat(Enumerable.Repeat("a*", 63)) + "b";
        var name = new string('a', 8192);
        var clock = Stopwatch.StartNew();

        Assert.False(Glob.IsMatch(pattern, name));

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"{clock.Elapsed}");
    }

    private static bool Defined(string pattern, string name) => pattern.Length > 0 && name.Length > 0 && Rest(pattern, name);

    private static bool Rest(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) =>
        pattern switch
        {
            [] => name.IsEmpty,
            ['*', .. var rest] => Rest(rest, name) || (!name.IsEmpty && Rest(pattern, name[1..])),
            [var first, .. var rest] => !name.IsEmpty && (first == '?' || first == name[0]) && Rest(rest, name[1..]),
        };

    private static string Text(Random random, string alphabet) =>
        new([.. Enumerable.Range(0, 1 + random.Next(7)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
}
