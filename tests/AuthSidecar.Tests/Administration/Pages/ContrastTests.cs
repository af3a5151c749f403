using System.Globalization;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Administration.Pages;

/// <summary>Contrast of the stylesheet's colours by the formula of WCAG 2.2: text 4.5:1, bars and controls 3:1.</summary>
public sealed partial class ContrastTests
{
    private const double OfText = 4.5;
    private const double OfGraphics = 3;

    private static readonly Dictionary<string, (string Light, string Dark)> _colours = Read();

    [Theory]
    [InlineData("text", "page")]
    [InlineData("text", "card")]
    [InlineData("text", "accent-ground")]
    [InlineData("secondary", "page")]
    [InlineData("secondary", "card")]
    [InlineData("accent", "page")]
    [InlineData("accent", "card")]
    [InlineData("accent", "accent-ground")]
    [InlineData("good", "card")]
    [InlineData("good", "page")]
    [InlineData("warning", "card")]
    [InlineData("warning", "page")]
    [InlineData("bad", "card")]
    [InlineData("bad", "page")]
    [InlineData("on-accent", "accent")]
    [InlineData("on-accent", "bad")]
    public void Text_IsReadable(string text, string ground) => AssertContrast(text, ground, OfText);

    [Theory]
    [InlineData("accent", "card")]
    [InlineData("accent", "accent-ground")]
    [InlineData("warning", "accent-ground")]
    [InlineData("bad", "accent-ground")]
    [InlineData("secondary", "card")]
    public void BarsAndControls_AreVisible(string bar, string ground) => AssertContrast(bar, ground, OfGraphics);

    [Theory]
    [InlineData("#000000", "#ffffff", 21)]
    [InlineData("#767676", "#ffffff", 4.54)]
    public void Formula_IsThatOfWcag(string one, string other, double ratio) => Assert.Equal(ratio, Ratio(one, other), 0.01);

    /// <summary>A colour outside the tokens would be outside these tests.</summary>
    [Fact]
    public void Colours_StandInTheTokensOnly()
    {
        var rules = Stylesheet().Split("/* Base */")[1];

        Assert.DoesNotMatch(@"#[0-9a-fA-F]{3,8}\s*[;,)]|rgba?\(|hsla?\(", rules);
    }

    private static void AssertContrast(string one, string other, double least)
    {
        var (first, second) = (_colours[one], _colours[other]);
        Assert.InRange(Ratio(first.Light, second.Light), least, 21);
        Assert.InRange(Ratio(first.Dark, second.Dark), least, 21);
    }

    private static double Ratio(string one, string other)
    {
        var (first, second) = (Luminance(one), Luminance(other));
        return (Math.Max(first, second) + 0.05) / (Math.Min(first, second) + 0.05);
    }

    private static double Luminance(string colour) =>
        0.2126 * Channel(colour, 1) + 0.7152 * Channel(colour, 3) + 0.0722 * Channel(colour, 5);

    private static double Channel(string colour, int at)
    {
        var share = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static Dictionary<string, (string Light, string Dark)> Read() =>
        Token()
            .Matches(Stylesheet().Split("@media")[0])
            .ToDictionary(token => token.Groups[1].Value, token => (token.Groups[2].Value, token.Groups[3].Value));

    private static string Stylesheet() =>
        File.ReadAllText(Path.Combine(Repository.Root, "src/AuthSidecar/Administration/Pages/Assets/console.css"));

    [GeneratedRegex(@"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")]
    private static partial Regex Token();
}
