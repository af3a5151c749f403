using System.Numerics;
using AuthSidecar.Administration.Devices;

namespace AuthSidecar.Tests.Administration.Devices;

public class UserCodeTests
{
    // Guesses of a person's session within the life of a code, and of an address without a session that only learns whether one exists.
    private const int GuessesBySession = 10;
    private const int GuessesForTwoToTheMinus32 = 48;

    [Fact]
    public void NewCodes_HaveTheFormAndDiffer()
    {
        var codes = Enumerable.Range(0, 2000).Select(_ => UserCode.New()).ToList();

        Assert.All(codes, code => Assert.Equal(code, UserCode.Read(UserCode.Shown(code))));
        Assert.All(codes, code => Assert.Equal(UserCode.Length, code.Length));
        Assert.Equal(codes.Count, codes.Distinct().Count());
        Assert.Equal(UserCode.Alphabet.Order(), codes.SelectMany(code => code).Distinct().Order());
        Assert.Equal("BCDF-GHJK", UserCode.Shown("BCDFGHJK"));
    }

    [Fact]
    public void Guessing_StaysBelowTwoToTheMinus32()
    {
        var codes = BigInteger.Pow(UserCode.Alphabet.Length, UserCode.Length);

        Assert.Equal(26, UserCode.Alphabet.Distinct().Count());
        Assert.True(GuessesForTwoToTheMinus32 * BigInteger.Pow(2, 32) <= codes);
        Assert.True((GuessesForTwoToTheMinus32 + 1) * BigInteger.Pow(2, 32) > codes);
        Assert.True(GuessesBySession <= GuessesForTwoToTheMinus32);
        Assert.DoesNotContain(UserCode.Alphabet, letter => "AEIOUYZ012".Contains(letter, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("BCDF-GHJK", "BCDFGHJK")]
    [InlineData("bcdf-ghjk", "BCDFGHJK")]
    [InlineData(" bCdF ghJk ", "BCDFGHJK")]
    [InlineData("B.C.D.F_G/H\tJ–K", "BCDFGHJK")]
    [InlineData("wx34-5678", "WX345678")]
    [InlineData("", null)]
    [InlineData("BCDFGHJ", null)]
    [InlineData("BCDFGHJKL", null)]
    [InlineData("ABCD-FGHJ", null)]
    [InlineData("BCDF-GHJ0", null)]
    [InlineData("BCDF+GHJK", null)]
    [InlineData("ВCDF-GHJK", null)]
    [InlineData("ſCDF-GHJK", null)]
    [InlineData("BCDF-GHJ\0", null)]
    public void Typed_IsReadWithoutCaseAndPunctuation(string typed, string? normal) => Assert.Equal(normal, UserCode.Read(typed));

    [Fact]
    public void LongText_IsNoCode() => Assert.Null(UserCode.Read(new string('B', 1_000_000)));
}
